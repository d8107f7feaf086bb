"""Countries, languages and time zones, as TMDB's configuration lists them.

Countries are those of ISO 3166-1 with TMDB's few additions, languages those of ISO 639-1 with its own codes (`cn`,
`mo`, `sh`, `xx`). What a language calls itself is known of some, as at TMDB.
"""

_COUNTRIES = """
AD Andorra;AE United Arab Emirates;AF Afghanistan;AG Antigua and Barbuda;AI Anguilla;AL Albania;AM Armenia;AO Angola
AQ Antarctica;AR Argentina;AS American Samoa;AT Austria;AU Australia;AW Aruba;AZ Azerbaijan;BA Bosnia and Herzegovina
BB Barbados;BD Bangladesh;BE Belgium;BF Burkina Faso;BG Bulgaria;BH Bahrain;BI Burundi;BJ Benin;BM Bermuda
BN Brunei Darussalam;BO Bolivia;BR Brazil;BS Bahamas;BT Bhutan;BW Botswana;BY Belarus;BZ Belize;CA Canada;CD Congo
CF Central African Republic;CG Congo;CH Switzerland;CI Cote D'Ivoire;CK Cook Islands;CL Chile;CM Cameroon;CN China
CO Colombia;CR Costa Rica;CU Cuba;CV Cape Verde;CY Cyprus;CZ Czech Republic;DE Germany;DJ Djibouti;DK Denmark
DM Dominica;DO Dominican Republic;DZ Algeria;EC Ecuador;EE Estonia;EG Egypt;EH Western Sahara;ER Eritrea;ES Spain
ET Ethiopia;FI Finland;FJ Fiji;FK Falkland Islands;FM Micronesia;FO Faeroe Islands;FR France;GA Gabon
GB United Kingdom;GD Grenada;GE Georgia;GF French Guiana;GH Ghana;GI Gibraltar;GL Greenland;GM Gambia;GN Guinea
GP Guadaloupe;GQ Equatorial Guinea;GR Greece;GT Guatemala;GU Guam;GW Guinea-Bissau;GY Guyana;HK Hong Kong;HN Honduras
HR Croatia;HT Haiti;HU Hungary;ID Indonesia;IE Ireland;IL Israel;IN India;IQ Iraq;IR Iran;IS Iceland;IT Italy
JM Jamaica;JO Jordan;JP Japan;KE Kenya;KG Kyrgyz Republic;KH Cambodia;KI Kiribati;KM Comoros;KN St. Kitts and Nevis
KP North Korea;KR South Korea;KW Kuwait;KY Cayman Islands;KZ Kazakhstan;LB Lebanon;LC St. Lucia;LI Liechtenstein
LK Sri Lanka;LR Liberia;LS Lesotho;LT Lithuania;LU Luxembourg;LV Latvia;LY Libya;MA Morocco;MC Monaco;MD Moldova
ME Montenegro;MG Madagascar;MH Marshall Islands;MK Macedonia;ML Mali;MM Myanmar;MN Mongolia;MO Macao;MQ Martinique
MR Mauritania;MS Montserrat;MT Malta;MU Mauritius;MV Maldives;MW Malawi;MX Mexico;MY Malaysia;MZ Mozambique
NA Namibia;NC New Caledonia;NE Niger;NG Nigeria;NI Nicaragua;NL Netherlands;NO Norway;NP Nepal;NR Nauru;NU Niue
NZ New Zealand;OM Oman;PA Panama;PE Peru;PF French Polynesia;PG Papua New Guinea;PH Philippines;PK Pakistan;PL Poland
PR Puerto Rico;PS Palestinian Territory;PT Portugal;PW Palau;PY Paraguay;QA Qatar;RE Reunion;RO Romania;RS Serbia
RU Russia;RW Rwanda;SA Saudi Arabia;SB Solomon Islands;SC Seychelles;SD Sudan;SE Sweden;SG Singapore;SI Slovenia
SK Slovakia;SL Sierra Leone;SM San Marino;SN Senegal;SO Somalia;SR Suriname;SS South Sudan;ST Sao Tome and Principe
SU Soviet Union;SV El Salvador;SY Syrian Arab Republic;SZ Swaziland;TC Turks and Caicos Islands;TD Chad;TG Togo
TH Thailand;TJ Tajikistan;TL Timor-Leste;TM Turkmenistan;TN Tunisia;TO Tonga;TR Turkey;TT Trinidad and Tobago
TV Tuvalu;TW Taiwan;TZ Tanzania;UA Ukraine;UG Uganda;US United States of America;UY Uruguay;UZ Uzbekistan
VA Holy See;VC St. Vincent and the Grenadines;VE Venezuela;VG British Virgin Islands;VI US Virgin Islands;VN Vietnam
VU Vanuatu;WS Samoa;XC Czechoslovakia;XG East Germany;XK Kosovo;YE Yemen;YU Yugoslavia;ZA South Africa;ZM Zambia
ZW Zimbabwe
AN Netherlands Antilles;BQ Bonaire, Sint Eustatius and Saba;BU Burma;BV Bouvet Island;CC Cocos Islands
CS Serbia and Montenegro;CW Curaçao;CX Christmas Island;GS South Georgia and the South Sandwich Islands;HM Heard Island
IM Isle of Man;IO British Indian Ocean Territory;JE Jersey;GG Guernsey;MP Northern Mariana Islands;NF Norfolk Island
PM St. Pierre and Miquelon;PN Pitcairn Island;SH St. Helena;SJ Svalbard and Jan Mayen Islands;SX Sint Maarten
TF French Southern Territories;TK Tokelau;TP East Timor;UM United States Minor Outlying Islands
WF Wallis and Futuna Islands;XI Northern Ireland;YT Mayotte;ZR Zaire
"""

# What the countries that most films are of are called elsewhere; the others keep their English names.
_COUNTRIES_ELSEWHERE = {
    "de": "AT Österreich;BE Belgien;BR Brasilien;CH Schweiz;DE Deutschland;DK Dänemark;ES Spanien;FR Frankreich"
    ";GB Vereinigtes Königreich;IN Indien;IT Italien;JP Japan;KR Südkorea;MX Mexiko;NO Norwegen;PL Polen;RU Russland"
    ";SE Schweden;US Vereinigte Staaten",
    "es": "AT Austria;BE Bélgica;BR Brasil;CH Suiza;DE Alemania;DK Dinamarca;ES España;FR Francia;GB Reino Unido"
    ";IN India;IT Italia;JP Japón;KR Corea del Sur;MX México;NO Noruega;PL Polonia;RU Rusia;SE Suecia"
    ";US Estados Unidos",
    "fr": "AT Autriche;BE Belgique;BR Brésil;CH Suisse;DE Allemagne;DK Danemark;ES Espagne;FR France;GB Royaume-Uni"
    ";IN Inde;IT Italie;JP Japon;KR Corée du Sud;MX Mexique;NO Norvège;PL Pologne;RU Russie;SE Suède;US États-Unis",
    "it": "AT Austria;BE Belgio;BR Brasile;CH Svizzera;DE Germania;DK Danimarca;ES Spagna;FR Francia;GB Regno Unito"
    ";IN India;IT Italia;JP Giappone;KR Corea del Sud;MX Messico;NO Norvegia;PL Polonia;RU Russia;SE Svezia"
    ";US Stati Uniti",
    "pt": "AT Áustria;BE Bélgica;BR Brasil;CH Suíça;DE Alemanha;DK Dinamarca;ES Espanha;FR França;GB Reino Unido"
    ";IN Índia;IT Itália;JP Japão;KR Coreia do Sul;MX México;NO Noruega;PL Polônia;RU Rússia;SE Suécia"
    ";US Estados Unidos",
}

_LANGUAGES = """
aa Afar;ab Abkhazian;ae Avestan;af Afrikaans=Afrikaans;ak Akan;am Amharic;an Aragonese;ar Arabic=العربية;as Assamese
av Avaric;ay Aymara;az Azerbaijani=Azərbaycan;ba Bashkir;be Belarusian=беларуская мова;bg Bulgarian=български език
bi Bislama;bm Bambara=Bamanankan;bn Bengali=বাংলা;bo Tibetan;br Breton;bs Bosnian=Bosanski;ca Catalan=Català
ce Chechen;ch Chamorro;cn Cantonese=广州话 / 廣州話;co Corsican;cr Cree;cs Czech=Český;cu Slavic;cv Chuvash
cy Welsh=Cymraeg;da Danish=Dansk;de German=Deutsch;dv Divehi;dz Dzongkha;ee Ewe;el Greek=ελληνικά;en English=English
eo Esperanto=Esperanto;es Spanish=Español;et Estonian=Eesti;eu Basque=euskera;fa Persian=فارسی;ff Fulah=Fulfulde
fi Finnish=suomi;fj Fijian;fo Faroese;fr French=Français;fy Frisian;ga Irish=Gaeilge;gd Gaelic;gl Galician=Galego
gn Guarani;gu Gujarati;gv Manx;ha Hausa=Hausa;he Hebrew=עִבְרִית;hi Hindi=हिन्दी;ho Hiri Motu;hr Croatian=Hrvatski
ht Haitian, Haitian Creole;hu Hungarian=Magyar;hy Armenian;hz Herero;ia Interlingua;id Indonesian=Bahasa indonesia
ie Interlingue;ig Igbo;ii Yi;ik Inupiaq;io Ido;is Icelandic=Íslenska;it Italian=Italiano;iu Inuktitut
ja Japanese=日本語;jv Javanese;ka Georgian=ქართული;kg Kongo;ki Kikuyu;kj Kuanyama;kk Kazakh=қазақ;kl Kalaallisut
km Khmer;kn Kannada;ko Korean=한국어/조선말;kr Kanuri;ks Kashmiri;ku Kurdish;kv Komi;kw Cornish;ky Kirghiz
la Latin=Latin;lb Letzeburgesch;lg Ganda;li Limburgish;ln Lingala;lo Lao;lt Lithuanian=Lietuvių;lu Luba-Katanga
lv Latvian=Latviešu;mg Malagasy;mh Marshall;mi Maori;mk Macedonian;ml Malayalam;mn Mongolian;mo Moldavian;mr Marathi
ms Malay=Bahasa melayu;mt Maltese=Malti;my Burmese;na Nauru;nb Norwegian Bokmål=Bokmål;nd Ndebele;ne Nepali;ng Ndonga
nl Dutch=Nederlands;nn Norwegian Nynorsk;no Norwegian=Norsk;nr Ndebele;nv Navajo;ny Chichewa, Nyanja;oc Occitan
oj Ojibwa;om Oromo;or Oriya;os Ossetian, Ossetic;pa Punjabi=ਪੰਜਾਬੀ;pi Pali;pl Polish=Polski;ps Pushto=پښتو
pt Portuguese=Português;qu Quechua;rm Raeto-Romance;rn Rundi=Kirundi;ro Romanian=Română;ru Russian=Русский
rw Kinyarwanda=Kinyarwanda;sa Sanskrit;sc Sardinian;sd Sindhi;se Northern Sami;sg Sango;sh Serbo-Croatian
si Sinhalese=සිංහල;sk Slovak=Slovenčina;sl Slovenian=Slovenščina;sm Samoan;sn Shona;so Somali=Somali;sq Albanian=shqip
sr Serbian=Srpski;ss Swati;st Sotho;su Sundanese;sv Swedish=svenska;sw Swahili=Kiswahili;ta Tamil=தமிழ்
te Telugu=తెలుగు;tg Tajik;th Thai=ภาษาไทย;ti Tigrinya;tk Turkmen;tl Tagalog;tn Tswana;to Tonga;tr Turkish=Türkçe
ts Tsonga;tt Tatar;tw Twi;ty Tahitian;ug Uighur;uk Ukrainian=Український;ur Urdu=اردو;uz Uzbek=ozbek;ve Venda
vi Vietnamese=Tiếng Việt;vo Volapük;wa Walloon;wo Wolof=Wolof;xh Xhosa;xx No Language=No Language;yi Yiddish
yo Yoruba=Èdè Yorùbá;za Zhuang;zh Mandarin=普通话;zu Zulu=isiZulu
"""

_ZONES = """
AR America/Argentina/Buenos_Aires America/Argentina/Cordoba America/Argentina/Ushuaia;AT Europe/Vienna
AU Australia/Sydney Australia/Brisbane Australia/Adelaide Australia/Darwin Australia/Hobart Australia/Perth
BE Europe/Brussels;BR America/Sao_Paulo America/Bahia America/Manaus America/Rio_Branco;CH Europe/Zurich
CA America/Toronto America/Halifax America/St_Johns America/Winnipeg America/Edmonton America/Vancouver
CL America/Santiago Pacific/Easter;CN Asia/Shanghai Asia/Urumqi;CZ Europe/Prague;DE Europe/Berlin Europe/Busingen
DK Europe/Copenhagen;EG Africa/Cairo;ES Europe/Madrid Africa/Ceuta Atlantic/Canary;FI Europe/Helsinki;FR Europe/Paris
GB Europe/London;GR Europe/Athens;HK Asia/Hong_Kong;HU Europe/Budapest;IE Europe/Dublin;IL Asia/Jerusalem
IN Asia/Kolkata;IT Europe/Rome;JP Asia/Tokyo;KR Asia/Seoul;MX America/Mexico_City America/Cancun America/Tijuana
NL Europe/Amsterdam;NO Europe/Oslo;NZ Pacific/Auckland Pacific/Chatham;PL Europe/Warsaw
PT Europe/Lisbon Atlantic/Madeira Atlantic/Azores;RU Europe/Moscow Europe/Kaliningrad Europe/Samara Asia/Yekaterinburg Asia/Novosibirsk Asia/Vladivostok
SE Europe/Stockholm;TH Asia/Bangkok;TR Europe/Istanbul;TW Asia/Taipei
US America/New_York America/Chicago America/Denver America/Phoenix America/Los_Angeles America/Anchorage Pacific/Honolulu
ZA Africa/Johannesburg
"""  # noqa: E501 - the zones of a country stand together

_TRANSLATIONS = """
af-ZA ar-AE ar-SA be-BY bg-BG bn-BD ca-ES ch-GU cn-CN cs-CZ cy-GB da-DK de-AT de-CH de-DE el-GR en-AU en-CA en-GB
en-IE en-NZ en-US eo-EO es-ES es-MX et-EE eu-ES fa-IR fi-FI fr-CA fr-FR ga-IE gd-GB gl-ES he-IL hi-IN hr-HR hu-HU
id-ID it-IT ja-JP ka-GE kk-KZ kn-IN ko-KR ky-KG lt-LT lv-LV ml-IN mr-IN ms-MY ms-SG nb-NO nl-BE nl-NL no-NO pa-IN
pl-PL pt-BR pt-PT ro-RO ru-RU si-LK sk-SK sl-SI sq-AL sr-RS sv-SE ta-IN te-IN th-TH tl-PH tr-TR uk-UA vi-VN zh-CN
zh-HK zh-SG zh-TW zu-ZA
"""


def _entries(table: str) -> list[tuple[str, str]]:
    """Return the code and the rest of each entry."""
    entries = (entry.partition(" ") for line in table.strip().splitlines() for entry in line.split(";"))
    return [(code, rest) for code, _, rest in entries]


#: By ISO 3166-1 code: the English name.
COUNTRIES = dict(_entries(_COUNTRIES))
#: By language and code: what a country is called there.
TRANSLATED_COUNTRIES = {language: dict(_entries(table)) for language, table in _COUNTRIES_ELSEWHERE.items()}
#: By code: the English name, and the language's own ("" where it is not known).
LANGUAGES = {code: (english, own) for code, names in _entries(_LANGUAGES) for english, _, own in [names.partition("=")]}
#: By ISO 3166-1 code: the time zones of a country.
ZONES = {country: tuple(zones.split()) for country, zones in _entries(_ZONES)}
#: The languages with a country into which TMDB's own texts are translated.
PRIMARY_TRANSLATIONS = tuple(_TRANSLATIONS.split())
