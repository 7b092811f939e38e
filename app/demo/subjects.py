"""What is taught on the campus: the content of courses."""
# ruff: noqa: RUF001 - minus signs and Turkish letters

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Subject:
    """A school subject.

    Attributes:
        code: Short name.
        title: Name.
        topics: What it is about, one topic a few weeks.
        questions: Test questions, each with its right answer and wrong ones.
        sentences: What students write about it.
    """

    code: str
    title: str
    topics: tuple[str, ...]
    questions: tuple[tuple[str, str, tuple[str, ...]], ...]
    sentences: tuple[str, ...]


SUBJECTS = (
    Subject(
        "BIO",
        "Biology",
        ("Photosynthesis", "The cell", "Food webs of the Baltic Sea", "Heredity"),
        (
            ("Which gas do plants take up in daylight?", "Carbon dioxide", ("Oxygen", "Nitrogen")),
            ("Where does photosynthesis take place?", "In the chloroplasts", ("In the nucleus",)),
            ("What carries hereditary information?", "DNA", ("Glucose", "Cellulose")),
            ("Explain why algae bloom after a warm June.", "", ()),
        ),
        (
            "The leaves that we covered with foil held no starch when we tested them with iodine.",
            "Chlorophyll absorbs red and blue light best, which is why leaves look green.",
            "In a food web the loss of one species is felt far away from it.",
            "We counted 23 mussels on the rope at one metre and only four at five metres.",
            "A recessive trait can skip a generation, as with my grandfather's red hair.",
        ),
    ),
    Subject(
        "HIS",
        "History",
        ("The Hanseatic League", "Causes of the First World War", "Women's suffrage", "The plague"),
        (
            ("In which year did Norwegian women gain the vote?", "1913", ("1906", "1921")),
            ("Which town led the Hanseatic League?", "Lübeck", ("Bergen", "Danzig")),
            ("How did the plague reach Bergen?", "By ship", ("On foot",)),
            ("Weigh two causes of the First World War against each other.", "", ()),
        ),
        (
            "The merchants of Bryggen wrote their accounts in Low German.",
            "The alliances turned a local conflict into a European one.",
            "A primary source is not automatically a reliable one.",
            "After the plague wages rose, because there were too few people to work the farms.",
            "The petition of 1898 carried more than 12,000 signatures.",
        ),
    ),
    Subject(
        "MAT",
        "Mathematics",
        ("Linear functions", "Pythagoras' theorem", "Probability", "Percentages in everyday life"),
        (
            ("What is the slope of y = 3x − 2?", "3", ("−2", "1.5")),
            ("A right triangle has legs 6 and 8. How long is the third side?", "10", ("14", "12")),
            ("Two dice: how likely is a sum of 7?", "1/6", ("1/12", "7/36")),
            ("Show that the sum of two odd numbers is even.", "", ()),
        ),
        (
            "I set the two expressions equal and got x = 4, y = −1.",
            "The triangle is right-angled because 9² + 12² = 15².",
            "A discount of 20 % followed by 10 % is 28 %, not 30 %.",
            "Each throw is independent, so a third six is as likely as the first.",
            "The graph crosses the y axis at −2, which is the fixed cost.",
        ),
    ),
    Subject(
        "ENG",
        "English",
        ("Writing a book review", "Poetry of the city", "Formal letters", "Debate: school uniforms"),
        (
            ("Choose: neither of them … late.", "was", ("were been", "is being")),
            ("Which word is an adverb?", "seldom", ("silence", "silver")),
            ("Who narrates the first chapter?", "The sister", ("The teacher", "The dog")),
            ("Write the opening of a letter of complaint.", "", ()),
        ),
        (
            "The narrator hides what she knows until the last chapter.",
            "In my opinion uniforms hide differences that people should talk about.",
            "The poem has no rhyme, but the short lines make it sound like footsteps.",
            "I would recommend the book to anyone who likes the sea and does not mind a sad end.",
            "Dear Sir or Madam, I am writing about the bicycle that I bought on 3 September.",
        ),
    ),
    Subject(
        "PHY",
        "Physics",
        ("Energy and work", "Electric circuits", "Sound", "Motion on an inclined plane"),
        (
            ("What is the unit of electrical resistance?", "Ohm", ("Volt", "Ampere")),
            ("Sound travels fastest through …", "steel", ("air", "water")),
            ("A 2 kg book is lifted by 1.5 m. About how much work?", "30 J", ("3 J", "300 J")),
            ("Describe a circuit in which one lamp stays lit when another breaks.", "", ()),
        ),
        (
            "Two lamps in parallel shine as brightly as one, but the battery is empty sooner.",
            "Our measured acceleration was 4.6 m/s², a little less than the theory says.",
            "The friction turns part of the energy into heat.",
            "The tuning fork was heard louder when its foot touched the table.",
            "The error comes mostly from our reaction time with the stopwatch.",
        ),
    ),
    Subject(
        "ART",
        "Art and design",
        ("Colour and contrast", "Portrait in charcoal", "A poster for the library", "Weaving"),
        (
            ("Which colours are complementary?", "Blue and orange", ("Blue and green",)),
            ("What does negative space mean?", "The space around a shape", ("A dark colour",)),
            ("Who painted with visible short strokes?", "The impressionists", ("The cubists",)),
            ("Describe the composition of the picture.", "", ()),
        ),
        (
            "I left the background empty so that the hands stand out.",
            "The orange letters on blue can be read from the far end of the corridor.",
            "Charcoal forgives mistakes, which I needed for the nose.",
            "My pattern comes from a blanket that my grandmother brought from Diyarbakır.",
            "I changed the light to come from the left and the face became calmer.",
        ),
    ),
    Subject(
        "GEO",
        "Geography",
        ("Rivers and deltas", "Cities that grow", "Climate zones", "Maps and projections"),
        (
            ("Which projection keeps angles?", "Mercator", ("Peters", "Mollweide")),
            ("What is sediment?", "Material that water carries", ("A kind of cloud",)),
            ("Which sea does the Vistula reach?", "The Baltic Sea", ("The Black Sea",)),
            ("Discuss two reasons why people move to cities.", "", ()),
        ),
        (
            "The delta grows where the current is too weak to carry the sand on.",
            "On the Mercator map Greenland looks as large as Africa, which it is not.",
            "Our town grew along the railway and not along the river.",
            "West winds keep our winters mild although we live so far north.",
            "Half of the people we interviewed had moved here for work.",
        ),
    ),
    Subject(
        "PRG",
        "Programming",
        ("Loops and lists", "A quiz in Python", "Bugs and how to find them", "Data about ourselves"),
        (
            ("What does range(3) give?", "0, 1, 2", ("1, 2, 3", "3, 2, 1")),
            ("Which of these is text?", '"42"', ("42", "4.2")),
            ("if (a < b && b < c) … in Python?", "a < b < c", ("a < b && c",)),
            ("Explain what this program prints, and why.", "", ()),
        ),
        (
            "My loop ran one time too many because I wrote <= instead of <.",
            'for name in names:\n    print(f"Hej {name}!")',
            "I found the bug by printing the list before and after sorting.",
            "We decided not to ask for birthdays, since the quiz does not need them.",
            "The function returns None when the list is empty, and that was the crash.",
        ),
    ),
)  # fmt: skip
