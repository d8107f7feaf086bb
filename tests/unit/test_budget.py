from typing import Any

import pytest

from ayne.data_collection.budget import Budget
from ayne.errors import BudgetSpent


class Hand:
    """A clock that is set by hand."""

    seconds = 0.0

    def monotonic(self) -> float:
        return self.seconds

    def __getattr__(self, name: str) -> object:
        raise AssertionError(f"a budget has no use for {name}")


def test_so_many_requests_are_permitted_and_no_more() -> None:
    budget = Budget(Hand(), requests=3)  # type: ignore[arg-type]
    for left in (2, 1, 0):
        budget.take()
        assert budget.requests_left == left
    with pytest.raises(BudgetSpent, match="all 3 requests"):
        budget.take()
    assert budget.spent == 3


def test_nothing_is_permitted_once_the_time_is_over() -> None:
    clock = Hand()
    clock.seconds = 1000.0
    budget = Budget(clock, seconds=60)  # type: ignore[arg-type]
    assert budget.seconds_left == 60
    clock.seconds += 59.9
    budget.take()
    clock.seconds += 0.2
    with pytest.raises(BudgetSpent, match="60 seconds"):
        budget.take()
    assert (budget.seconds_left, budget.requests_left) == (0, None)


def test_a_budget_without_bounds_permits_all() -> None:
    budget = Budget(Hand())  # type: ignore[arg-type]
    for _ in range(1000):
        budget.take()


@pytest.mark.parametrize("amount", [{"requests": 0}, {"seconds": -1}])
def test_a_budget_of_nothing_is_refused(amount: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="to spend"):
        Budget(Hand(), **amount)  # type: ignore[arg-type]


@pytest.mark.parametrize(("amounts", "named"), [({"requests": 0}, "requests"), ({"seconds": -1.0}, "seconds")])
def test_a_budget_of_nothing_is_refused_by_its_name(amounts: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match=f"a budget needs {named} to spend"):
        Budget(Hand(), **amounts)  # type: ignore[arg-type]


def test_the_smallest_budgets_are_budgets() -> None:
    Budget(Hand(), requests=1, seconds=0.5)  # type: ignore[arg-type]
