/** The documents of the scenarios: short enough to stand on the screen whole. */

/** Something to fill: the body of a function, lines 6 to 12. */
export const COUNTING = `"""Numbers."""


def total(numbers):
    """Sum of the even ones."""
    count = 0
    for number in numbers:
        if number % 2 == 0:
            count += number
        else:
            continue
    print("😀", count)
    return count
`;

/** A constructor whose last line, the fifth, is to be written. */
export const WRITER = `class Writer:
    def __init__(self, stream, indent, width):
        self.stream = stream
        self.width = width
        self.indent = 
`;

/** A function whose first line lacks what closes it. */
export const BROKEN = `def area(width, height
    return width * height


print(area(2, 3))
`;

/** Two sums, both wrong. */
export const SUMS = `# Sums

There are 3 * 4 = 13 of them.

Later there are 5 * 5 = 26 of them.
`;

/** The head of a block, and what the scripted server would write below it. */
export const BLOCK = `def sizes(items):
#: {"drafts": [["found = list(map(len, items))\\n    return sorted(found)"]]}
`;

/** Two gaps, each marked. */
export const GAPS = `def area(width, height):
    return width * ???


def perimeter(width, height):
    return 2 * (width + ???)
`;

/** A method that is longer than it has to be: lines 12 to 15. */
export const SHAPES = `class Rectangle:
    """Four sides, two lengths."""

    def __init__(self, width, height):
        self.width = width
        self.height = height

    def area(self):
        return self.width * self.height

    def perimeter(self):
        total = 0
        for side in self.sides():
            total += side
        return total

    def __copy__(self):
        return Rectangle(self.width, self.height)
`;

/** Four words that the scripted server doubts, two of them not enough to be marked. */
export const DOUBTFUL = `a = wrong
b = right
c = dubious
d = faint
`;

/** A function with a slip in it, line 8. */
export const SLIP = `def parse(lines):
    """Names and their values."""
    found = {}
    for line in lines:
        if not line.strip() or line.startswith("#"):
            continue
        name, _, value = line.partition("=")
        found[value] = line.strip()
    return found


def render(found):
    """The lines again, in order."""
    return [f"{name}={value}" for name, value in sorted(found.items())]
`;

/** Three misspelt names, and what the scripted server does about them. */
export const DOUBTS = `first = totl + 1
x = 1

count = totla * 2
y = 2

print(ttal)
#: {"drafts": [["total"]], "doubts": ["totl", "totla", "ttal"], "likes": {"total": 12}, "steps": 8, "pause": 0.1}
`;

/** A notebook; what the scripted server would write in its last cell stands in the first. */
export const BOOK = JSON.stringify({
  cells: ['items = []\n#: {"drafts": [["items)"]]}', "total = sum"].map((source) => ({
    cell_type: "code",
    execution_count: null,
    metadata: {},
    outputs: [],
    source: [source],
  })),
  metadata: { language_info: { name: "python" } },
  nbformat: 4,
  nbformat_minor: 5,
});

/** A bracket that may be closed in several places, line 2. */
export const CHOICES = `def offset(width, margin):
    return (width - 2 * margin


print(offset(80, 4))
`;

/** Numbers that become higher, as the server of the tests is told to write them. */
export const HIGHER = `a = 1

b = 2

c = 3
#: {"drafts": [["a = 4\\n\\nb = 2\\n\\nc = 5"]]}
`;
