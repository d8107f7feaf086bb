"""IMDb's daily files of ratings and episodes.

IMDb offers it for personal and non-commercial use alone, so nothing here is asked for unless somebody says so.
https://developer.imdb.com/non-commercial-datasets/
"""

LICENCE = (
    "IMDb's ratings file is for personal and non-commercial use: https://developer.imdb.com/non-commercial-datasets/ "
    "Information courtesy of IMDb (https://www.imdb.com). Used with permission."
)
