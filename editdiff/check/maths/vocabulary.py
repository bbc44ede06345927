"""Words that change what the equation beside them says: operations, units, doubts, other kinds of arithmetic.

In English, German, French, Spanish, Italian, Portuguese and Dutch. The lists are long on the side of silence: a
true fault not reported costs less than a false alarm. Of languages that are not written in Latin letters no words
are known, so an equation that is not true is left alone in their sentences.
"""

from __future__ import annotations

import re


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


CONNECTIVES = _words(
    """
    and by from in less more of or to und oder aus von et ou de du des par y o e en entre di del della por ed en
    of van
    """
)
"""Words among `OPERATIONS` that may well stand behind an equation."""
OPERATIONS = CONNECTIVES | _words(
    """
    plus minus times over divided multiplied multiply add added subtract subtracted sum difference product
    quotient ratio average mean median mod modulo remainder per half twice double triple square squared cube cubed
    root log ln lg ld lb sin cos tan cot exp abs det than choose power exponent base between xor not div rem
    sqrt max min gcd lcm

    mal einmal zweimal dreimal viermal fünfmal je pro durch geteilt dividiert multipliziert addiert subtrahiert
    summe
    differenz produkt hälfte doppelt doppelte doppelten dreifache dreifachen quadrat wurzel kubik hoch weniger
    zwischen

    fois moins divisé divisée multiplié multipliée somme différence produit moitié carré racine puissance

    menos más dividido dividida multiplicado suma diferencia producto mitad doble cuadrado raíz raiz elevado

    più diviso moltiplicato somma differenza prodotto metà doppio triplo quadrato radice

    vezes mais soma diferença metade dobro raíz keer maal gedeeld som verschil helft dubbel wortel kwadraat door

    """
)
"""Words before a side that may make it a part of something larger."""
UNITS = _words(
    """
    k m g h l s t b d kb mb gb tb pb kib mib gib tib kbit mbit gbit bit bits byte bytes kilobyte kilobytes megabyte
    megabytes gigabyte gigabytes terabyte terabytes ns us µs μs ms sec secs second seconds min mins minute minutes
    hr hrs hour hours day days wk week weeks month months year years yr yrs decade decades century centuries mm cm
    dm km nm µm μm inch inches ft foot feet yd yard yards mile miles mi meter meters metre metres kilometer
    kilometers kilometre kilometres cl ml dl liter liters litre litres gallon gallons gal pint pints quart quarts
    cup cups tbsp tsp teaspoon teaspoons tablespoon tablespoons oz ounce ounces lb lbs pound pounds kg mg gram
    grams kilogram kilograms ton tons tonne tonnes hz khz mhz ghz kwh kw mw gw watt watts w v kv mv volt volts amp
    amps j kj cal kcal calories n pa kpa bar psi degree degrees deg rad radians c f px pt em rem dpi rpm mph kmh
    kph dozen dozens dz gross pair pairs hundred thousand thousands million millions billion billions trillion
    percent percentage pct bp bps pp cent cents penny pennies nickel nickels dime dimes quarter quarters dollar
    dollars
    euro euros usd eur gbp chf jpy bucks score mol kelvin x am pm oclock st nd rd th ha acre acres stop stops octave
    octaves ct mn bn db dbm

    mon tue wed thu fri sat sun monday tuesday wednesday thursday friday saturday sunday
    jan feb mar apr jun jul aug sep sept oct nov dec january february march april june july august september
    october november december

    stunde stunden std sekunde sekunden tag tage tagen woche wochen monat monate monaten jahr jahre jahren
    zentimeter
    gramm kilogramm dutzend prozent prozentpunkte tausend tsd millionen mio milliarde milliarden mrd rappen
    franken uhr grad zoll meile meilen

    heure heures seconde secondes jour jours semaine semaines mois année années mètre mètres kilomètre kilomètres
    gramme grammes douzaine douzaines pour mille milliard milliards degré degrés

    hora horas minuto minutos segundo segundos día días dia dias semana semanas mes meses año años metro metros
    kilómetro kilómetros litro litros gramo gramos docena docenas por mil millón millones grado grados

    ora ore minuti secondo secondi giorno giorni settimana settimane mese mesi anno anni metri chilometro chilometri
    litri grammi dozzina dozzine percento milione milioni miliardo miliardi ano anos dúzia dúzias milhão milhões

    uur uren dag dagen weken maand maanden jaar jaren seconden minuten procent miljoen
    """
)
"""Words behind a number that give it a unit, a size or a date: it is left alone."""
STATING = _words("and as because get gives hence is since so that then therefore thus we")
"""Words before a number alone that do not make it a label."""
SENTENCES = _words(
    """
    a all an but both each he her his how i if in it its let next no now of on one or our she the their there these
    they this to when where which with you your
    """
)
"""Words that often begin a sentence."""
ITEMS = _words(
    """
    answer case chapter day equation ex example exercise experiment fig figure formula item lemma lesson level
    line no
    note number page part point problem question round row run section stage step table task test week

    aufgabe beispiel fall frage gleichung schritt seite tag teil zeile übung étape exemple exercice ligne page
    question
    ejemplo ejercicio línea paso pregunta esempio esercizio passo riga
    """
)
"""What is numbered: `exercise 3 - 2 + 2 = 4`."""

LABELS = ITEMS | _words(
    """
    aged art article apartment apt bus channel chapters eq equations flat flight footnote gate grade highway issue
    no nr pages paragraph pp room route seat sec size ticket v version vol volume
    jan feb mar apr may jun jul aug sep sept oct nov dec january february march april june july august september
    october november december januar februar märz mai juni juli oktober dezember
    """
)  # fmt: skip
"""What a number behind them names, and does not count."""
NAMELESS = STATING | SENTENCES | CONNECTIVES | _words(
    """
    about above after again altogether also am are as at be because before below but can cost costs did do does
    during each equal equals every extra for get gets had has have if into is just left like make makes many me
    more much my on only out over per remaining same so some still than that them then times to today together
    tomorrow too total twice under until up was we were what who will would yesterday overall instead
    insgesamt übrig zusammen mehr pro für bei nach vor ist sind war waren auch noch
    """
)  # fmt: skip
"""Words behind a number that do not tell what is counted."""

SILENCING = re.compile(
    r"""
    \b(?: mod | modul\w* | congruent | binary | octal | hex | hexadecimal | base | radix | xor | bitwise | bool\w*
      | gf | field | ring | tropical | overflow\w* | underflow\w* | saturat\w* | wrap\w* | trunc\w* | floor\w*
      | integer | ceil\w* | clamp\w* | round\w* | if | iff | suppose | assum\w* | pretend | imagine
      | unless | whether | wrong\w* | incorrect\w* | false | mistake\w* | error\w* | typo\w* | instead
      | rather | isn | doesn | don | not | never | cannot | contradict\w* | absurd | invalid | fail\w*
      | bug\w* | broken | solv\w* | equation\w* | would | should | expect\w* | versus | vs | unlike | nan
      | float\w* | precedence | strings? | concat\w* | syntax | guess\w* | roughly | estimat\w* | about
      | almost | nearly | (?<!\\)approx\w* | remain\w* | left\ over | leftover | ca | circa | etwa | ungefähr | rund
      | falsch | nicht | wenn | environ | faux | matri\w+ | dimensions? | shapes? | version\w* | score[sd]?
      | release\w* | left\ to\ right
      | or\ so | odd | give\ or\ take | ball-?park | orders?\ of\ magnitude | rules?\ of\ thumb | envelope | nearest
      | odds | evens | aggregate | wins? | loss(?:es)? | stars? | regex\w* | grep | beats? | dotted
      | time\ signatures?
      | reject\w* | counter-?examples? | negative\ tests? | puzzles? | riddles? | matchsticks? | orwell | synerg\w+
      | claims? | claimed | answered | supposedly | allegedly | slogan
      | at\ night | the\ (?:night|morning|afternoon|evening) | noon | midnight

      | falls | wäre\w* | fehl\w* | falsch\w* | kein\w* | niemals | nie | angenommen | annahme | gegenbeispiel
      | irrtum
      | irrt\w* | statt | knapp | grob | geschätzt | schätz\w* | überschl\w* | gleichung\w*
      | lös(?:e|t|en|ung\w*) | soll\w*
      | müsste\w* | würde\w* | hätte\w*
      | si | fausses? | erreurs? | jamais | pas | supposons | presque | approximativ\w* | équations? | résou\w*
      | serait
      | fals[oa]s? | errore?s? | errori | nunca | no\ es | supongamos | aproximad\w* | casi | ecuaci\w+ | sería
      | se | mai | non | supponiamo | quasi | equazion\w* | sarebbe | erros? | não | suponha\w* | quase | equaç\w+
      | foute?n? | onjuist\w* | niet | nooit | stel | ongeveer | vergelijking\w* )\b
    | \b(?:[0-9]\ ?|sig\w*\.?\ )(?:s\.?f|d\.?p|fig\w*)\b
    | [✗✘❌] | \? | ≠ | != | ≡ | \\ne\b | \\neq | \\equiv | \\pmod | \\bmod | \\mod\b | ⊕ | \\oplus
      | [QRℚℝZℤ]\}?/(?:\\|mathbb|mathbf|\{)*[Zℤ] | [Zℤ]\}?/(?:[0-9n(]|\\|mathbb)
    """,
    re.VERBOSE | re.IGNORECASE,
)
"""What says in the same sentence that an equation is not stated as true, or not of ordinary numbers."""
OTHER_ARITHMETIC = re.compile(
    r"""
    \b(?: mod | modulo | modulus | congruen\w+ | binary | octal | hex | hexadecimal | (?:in|to|number)\ base | bases
      | base[-\ ]\$?(?:[0-9]+|p|two|three|four|five|six|seven|eight|nine|ten|twelve|sixteen|twenty) | radix | xor
      | bitwise | gf | tropical | nim\w* | saturat\w*
      | wrap\w*[-\ ]around | truncat\w* | floor(?:ed|s)? | rounded | rounding | rounds?
      | integer\ (?:division|arithmetic) | whole\ numbers? | significant\ (?:digit|figure)s? | clock | boolean
      | permutations? | o'clock | digit\ sums? | digital\ roots? | casting\ out | quersumme | gerundet | runden
      | modular | dozenal | balanced\ ternary | finite\ fields?
      | ternary | quinary | nonary | unary | duodecimal | vigesimal | sexagesimal
      | two's\ complement | [0-9]+[-\ ]?bit | u?int(?:8|16|32|64) | [iu](?:8|16|32|64)
      | (?:un)?signed\ (?:byte|char|int)\w*
      | characteristic\ [0-9p] | residues? | cyclic\ groups? | group\ of\ order | logical\ (?:and|or)
      | truth\ tables?
      | gray\ code | (?:max|min)-?(?:plus|times) | lunar\ arithmetic | days?\ of\ the\ week | hexad[eé][cz]\w*
      | o[ck]ta\w*
      | dual(?:system|zahl)\w*
      | binär\w* | binaires? | binari[oa] | restklassen? | kongruen\w* | (?:auf|ab|ge)(?:ge)?rundet\w*
      | arrondi\w* | redonde\w+
      | arrotonda\w+ | arredonda\w+ | afgerond
      | (?:in|for|by|like)\ (?:c|java|rust|go|swift|kotlin|haskell|ruby|python\ ?2)
      )\b
    | (?-i: \b(?:[ZFC]_\{?|(?<=in\ )[ZF]|(?<=over\ )[ZF])[0-9]{1,3}\b | [ℤ𝔽][_{]{0,2}[0-9₀-₉p]
    | \\(?:mathbb|mathbf|mathrm)\ ?\{?[ZF]\}?_
      | \\[ZF]_ )
    |
    \b(?:defin\w+|operation|verknüpfung)\b[^.\n]{0,40}?(?<![A-Za-z\\])[a-z]\s?(?:[*·∘⋆⊕⊗^]|\\[a-z]+)\s?[a-z](?![A-Za-z])
    """,
    re.VERBOSE | re.IGNORECASE,
)
"""What tells how the numbers of a whole section are meant."""
CHOOSING = re.compile(
    r"""
    \b(?: which\ (?:of|one|is|are|equation)\w*
    | (?:choose|pick|select|tick|mark|spot|find|guess)\ (?:a|all|any|one|the|what|which)
      | quiz | multiple[-\ ]choice | true\ or\ false
      | welche\w* | wähle\w* | kreuze? | finde | richtig\ oder\ falsch | quelle | choisi\w+ | trouve\w*
      | vrai\ ou\ faux
      | elige | escoge | verdadero\ o\ falso | scegli | vero\ o\ falso )\b
    """,
    re.VERBOSE | re.IGNORECASE,
)
"""What asks in the line above a list which of its items is right."""
UNKNOWN_LANGUAGE = re.compile("[\u0400-\u1dff\u2c00-\u2dff\u3040-\ud7ff\uf900-\ufdff\ufe70-\ufeff]")
"""A letter of a script in which no words are known."""
