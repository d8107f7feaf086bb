"""The companies that produce invented films. A company is a function of its id alone: it has one name everywhere."""

from functools import cache

from ayne.sandbox.chance import SIZE, Dice

from . import words
from .columns import Company
from .drawn import Drawn

_COMPANIES = 9000
_COUNTS = (0, 0, 1, 1, 1, 2, 2, 3, 3, 5)


@cache
def company(company_id: int) -> Company | None:
    """Return a company; None when there is none with this id."""
    if not 1 <= company_id <= _COMPANIES:
        return None
    dice = Dice("company", company_id)
    return Company(
        id=company_id,
        logo_path=None if dice.chance(38) else dice.image("png"),
        name=f"{dice.pick(words.LAST_NAMES)} {dice.pick(words.STUDIOS)}",
        origin_country="" if dice.chance(19) else dice.pick(tuple(words.COUNTRIES)),
    )


def _company_list(number: int) -> tuple[Company, ...]:
    dice = Dice("companies", number)
    # The lower the id, the bigger the studio.
    ids = [1 + dice.below(1 + dice.below(_COMPANIES)) for _ in range(dice.pick(_COUNTS))]
    return tuple(found for each in dict.fromkeys(ids) if (found := company(each)))


#: What the code of a list of companies means.
COMPANY_LISTS = Drawn(SIZE, _company_list)
