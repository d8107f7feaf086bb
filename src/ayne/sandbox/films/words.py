"""Word lists from which titles, people, companies and plots are put together. None of them names an existing film."""

ARTICLES = ("The", "A", "My", "Our", "No", "Every", "Last of the", "Return of the")
ADJECTIVES = (
    "Silent", "Crimson", "Hollow", "Golden", "Broken", "Distant", "Electric", "Forgotten", "Restless", "Paper",
    "Velvet", "Northern", "Burning", "Invisible", "Gentle", "Salted", "Borrowed", "Second", "Endless", "Clockwork",
    "Wooden", "Bitter", "Midnight", "Frozen", "Naïve", "Déjà-Vu",
)  # fmt: skip
NOUNS = (
    "River", "Harbour", "Witness", "Orchard", "Machine", "Letter", "Winter", "Passenger", "Garden", "Signal",
    "Daughter", "Station", "Horizon", "Promise", "Mirror", "Lighthouse", "Stranger", "Summer", "Empire", "Shadow",
    "Bridge", "Island", "Carnival", "Neighbour", "Compass", "Café", "Señorita", "Façade", "Überfall", "Smörgåsbord",
)  # fmt: skip
PLACES = (
    "Lisbon", "Kraków", "São Tomé", "the North Sea", "Reykjavík", "Marrakesh", "Old Delhi", "Zürich", "Montréal",
    "Saigon", "Buenos Aires", "the Atacama", "Łódź", "Malmö", "Osaka",
)  # fmt: skip
LINKS = ("of", "in", "from", "&", "without", "and the", "before", "vs.")
ENDINGS = ("II", "III", ": Reckoning", "- Director's Cut", '("Encore")', "3D", "1984", "!", "…and Back")

#: Words of a title in its own script, by original language, and what joins them.
NATIVE = {
    "ja": ("", ("夜", "海の", "最後の", "少女", "列車", "東京", "夏", "秘密", "約束", "影")),
    "ko": (" ", ("겨울", "바다", "그녀의", "비밀", "도시", "마지막", "여행", "그림자", "편지")),
    "zh": ("", ("城市", "夜雨", "江湖", "最后的", "少年", "月光", "火车", "秘密", "归来")),
    "cn": ("", ("九龍", "黑夜", "英雄", "警察", "風雲", "故事", "龍")),
    "ru": (" ", ("Последний", "Зимний", "поезд", "город", "Тихая", "река", "свет", "дом")),
    "hi": (" ", ("दिल", "का", "सफ़र", "रात", "की", "कहानी", "शहर")),
    "ar": (" ", ("ليلة", "في", "القاهرة", "البحر", "الأخير", "حكاية", "باب")),
    "fr": (" ", ("L'Été", "La Nuit", "du Café", "à Paris", "sans Façon", "d'Hélène", "où l'on Rêve")),
    "es": (" ", ("El Último", "La Niña", "Corazón", "de Sombra", "del Año", "¿Dónde Está", "Mañana")),
    "de": (" ", ("Die", "Das", "Große", "Straße", "Mädchen", "Über", "Nacht", "Grüße")),
    "it": (" ", ("La Città", "L'Estate", "Perché", "del Mare", "Perduta", "Più Bella")),
    "pt": (" ", ("O Coração", "A Estação", "do Sertão", "Amanhã", "da Saudade")),
    "sv": (" ", ("Sommaren", "på Ön", "Flickan", "från Göteborg", "Ett Hjärta")),
}

FIRST_NAMES = (
    "Amina", "Björn", "Chloé", "Dmitri", "Esther", "Farid", "Greta", "Hiro", "Inés", "Jean-Luc", "Kavya", "Łukasz",
    "Mei", "Nuno", "Oona", "Priya", "Quentin", "Renée", "Søren", "Thandi", "Uma", "Viktor", "Wanda", "Ximena",
    "Yusuf", "Zoë",
)  # fmt: skip
LAST_NAMES = (
    "Adeyemi", "Bergström", "Castillo", "D'Amico", "Ekström", "Fontaine", "García", "Haddad", "Ivanova", "Jansen",
    "Kim", "Lindqvist", "Müller", "Nakamura", "O'Brien", "Peña", "Quispe", "Rossi", "Sharma", "Tanaka", "Ünal",
    "Vargas", "Wójcik", "Xu", "Yilmaz", "Zhang",
)  # fmt: skip
STUDIOS = ("Pictures", "Films", "Productions", "Entertainment", "& Sons", "Studios", "Filmproduktion", "Cinéma")
TRADES = ("detective", "teacher", "sailor", "widow", "pianist", "thief", "translator", "doctor", "farmer", "student")
DEEDS = (
    "inherits a house that is not empty", "must choose between a promise and a fortune", "takes the night train home",
    "finds a letter addressed to the wrong decade", "is accused of something only a child saw",
    "opens a café where nobody speaks", "decides to walk across the country",
)  # fmt: skip
TWISTS = (
    "Nothing goes as planned.", "Only one of them will tell the truth.", "And then it starts to rain…",
    "Based on a story that was never written down.", 'They call it "the quiet year".',
    "Love, of course, gets in the way.",
)  # fmt: skip
TAGLINES = (
    "Some doors should stay open.", "Every winter ends.", "Trust nobody. Except her.",
    "It was only a matter of tide.", "What would you keep?", "They came for the music. They stayed for the debt.",
)  # fmt: skip
KEYWORDS = (
    "based on novel or book", "small town", "coming of age", "heist", "road trip", "sibling relationship", "train",
    "revenge", "post war", "time travel", "musician", "courtroom", "island", "boxing", "friendship", "woman director",
    "ghost", "satire", "biography", "duringcreditsstinger",
)  # fmt: skip
#: Two words make a keyword, too: a topic and a turn it takes.
TOPICS = (
    "family", "village", "prison", "school", "hospital", "harbour", "army", "police", "circus", "farm", "hotel",
    "monastery", "newspaper", "orchestra", "railway", "desert", "winter", "wedding", "border", "theatre",
)  # fmt: skip
TURNS = (
    "life", "secret", "conflict", "rivalry", "scandal", "strike", "escape", "romance", "murder", "reunion", "comedy",
    "accident", "memories", "politics", "ghost story",
)  # fmt: skip

COUNTRIES = {
    "AR": "Argentina", "AT": "Austria", "AU": "Australia", "BR": "Brazil", "CA": "Canada", "CN": "China",
    "DE": "Germany", "EG": "Egypt", "ES": "Spain", "FR": "France", "GB": "United Kingdom", "HK": "Hong Kong",
    "IN": "India", "IT": "Italy", "JP": "Japan", "KR": "South Korea", "MX": "Mexico", "PT": "Portugal",
    "RU": "Russia", "SE": "Sweden", "TW": "Taiwan", "US": "United States of America",
}  # fmt: skip
#: ISO 639-1 code, as TMDB uses it: its English name, its own name (sometimes missing at TMDB, too).
LANGUAGES = {
    "ar": ("Arabic", "العربية"), "cn": ("Cantonese", "广州话 / 廣州話"), "de": ("German", "Deutsch"),
    "en": ("English", "English"), "es": ("Spanish", "Español"), "fr": ("French", "Français"),
    "hi": ("Hindi", "हिन्दी"), "it": ("Italian", "Italiano"), "ja": ("Japanese", "日本語"),
    "ko": ("Korean", "한국어/조선말"), "mo": ("Moldavian", ""), "pt": ("Portuguese", "Português"),
    "ru": ("Russian", "Русский"), "sv": ("Swedish", "svenska"), "xx": ("No Language", "No Language"),
    "zh": ("Mandarin", "普通话"),
}  # fmt: skip
