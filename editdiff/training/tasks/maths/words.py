"""Names and things for word problems."""

_PEOPLE = """
Ada Aisha Alba Amir Anja Arno Astrid Bela Bruno Carla Chidi Clara Dario Dana Edda Elif Emil Enzo
Fatima Felix Finn Freya Goran Greta Hana Hugo Ida Ilse Imani Ines Ivan Jana Jonas Juno Kaito
Kemal Kira Lars Leila Lena Liam Lina Luca Malik Mara Marek Mei Milan Mina Nadia Nils Noor Nora
Olga Omar Oskar Otto Paula Pavel Petra Priya Rana Ravi Rosa Ruben Sana Selma Silas Sofia Stella
Sven Tara Theo Tilda Tomas Uma Vera Viktor Wanda Wilma Yara Yusuf Zoe
"""
_THINGS = """
apples badges balloons beads bells books bottles bowls boxes bricks brushes buttons cakes
candles cards chairs coins cookies cups cushions daisies diskettes eggs envelopes erasers
feathers figs flags flowers folders forks glasses gloves hats jars kites lamps lemons letters
magnets maps marbles medals melons mugs nails needles notebooks nuts oranges paintings pancakes
pears pebbles pencils pens photos pins plates plums postcards posters pots puzzles ribbons rings
rolls ropes roses sandwiches scarves screws seeds shells shirts shoes socks spoons stamps stars
stickers stones tickets tiles tomatoes towels toys trees tulips vases wheels
"""
_CONTAINERS = """
bags baskets boxes crates drawers packs shelves trays chests cases bundles cartons
"""
_PLACES = """
market school library harbour garden bakery workshop station office farm museum kitchen
"""
_DAYS = """
Monday Tuesday Wednesday Thursday Friday Saturday Sunday
"""

PEOPLE = tuple(_PEOPLE.split())
THINGS = tuple(_THINGS.split())
CONTAINERS = tuple(_CONTAINERS.split())
PLACES = tuple(_PLACES.split())
DAYS = tuple(_DAYS.split())
WORK = (
    "paints walls",
    "writes pages",
    "folds napkins",
    "packs parcels",
    "plants seedlings",
    "sews buttons",
    "reads pages",
    "bakes rolls",
    "types lines",
    "checks forms",
    "prints posters",
    "cuts boards",
    "picks cherries",
    "washes plates",
    "labels jars",
)
"""What someone does, and to what."""
