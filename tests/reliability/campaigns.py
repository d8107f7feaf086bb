"""All campaigns, by name."""

from __future__ import annotations

from tests.reliability.campaign import Campaign
from tests.reliability.cancellation import CANCELLATION
from tests.reliability.crashes import CRASH_PAIRS, CRASH_POINTS
from tests.reliability.garbage import GARBAGE
from tests.reliability.kill_9 import KILL_9
from tests.reliability.limiter import LIMITER
from tests.reliability.lives import SIMULATED_LIFE
from tests.reliability.migrations import MIGRATIONS
from tests.reliability.planner import PLANNER
from tests.reliability.planting import PLANTED_BUGS, PLANTED_BUGS_BY_DEFAULT
from tests.reliability.restless import RESTLESS
from tests.reliability.retries import RETRIES
from tests.reliability.secrets import SECRETS
from tests.reliability.soak import SOAK
from tests.reliability.store_machine import STORE_MACHINE
from tests.reliability.torn_files import TORN_FILES
from tests.reliability.transactions import TRANSACTIONS
from tests.reliability.unusable_files import UNUSABLE_FILES

_ALL = (
    SIMULATED_LIFE,
    CRASH_POINTS,
    CRASH_PAIRS,
    CANCELLATION,
    LIMITER,
    RETRIES,
    PLANNER,
    RESTLESS,
    GARBAGE,
    SECRETS,
    TORN_FILES,
    UNUSABLE_FILES,
    PLANTED_BUGS,
    PLANTED_BUGS_BY_DEFAULT,
    TRANSACTIONS,
    MIGRATIONS,
    STORE_MACHINE,
    SOAK,
    KILL_9,
)

CAMPAIGNS: dict[str, Campaign] = {campaign.name: campaign for campaign in _ALL}
