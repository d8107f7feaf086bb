"""All campaigns, by name."""

from __future__ import annotations

from tests.reliability.campaign import Campaign
from tests.reliability.limiter import LIMITER
from tests.reliability.planting import PLANTED_BUGS

CAMPAIGNS: dict[str, Campaign] = {campaign.name: campaign for campaign in (LIMITER, PLANTED_BUGS)}
