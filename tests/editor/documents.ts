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

/** Three misspelt names, and what the scripted server does about them. */
export const DOUBTS = `first = totl + 1
x = 1

count = totla * 2
y = 2

print(ttal)
#: {"drafts": [["total"]], "doubts": ["totl", "totla", "ttal"], "likes": {"total": 9}, "steps": 8, "pause": 0.1}
`;
