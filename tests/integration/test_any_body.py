"""More bodies that were changed than the default tier tries."""

import pytest

from tests.unit.test_well_formed import both_roads_agree


@pytest.mark.parametrize("seed", range(2, 8))
def test_whatever_is_changed_in_a_body_both_roads_agree(seed: int) -> None:
    both_roads_agree(seed)
