"""What people on the campus write to and about each other."""
# ruff: noqa: RUF001 - people do write such letters

THREAD_SUBJECTS = (
    "Homework for Thursday", "Group work", "Lost water bottle", "Bus to the museum",
    "Who takes the camera?", "Substitute on Friday", "Läxhjälp", "Presentation order",
    "Parents' evening", "Football on Wednesday?", "Question about the essay", "Sick today",
)  # fmt: skip
MESSAGES = (
    "Hi! Did anyone write down which pages we should read?",
    "Pages 44 to 51, and the questions at the end.",
    "I can bring the poster, but somebody else has to carry the paint.",
    "Sorry, I was at the dentist. Can I hand it in tomorrow?",
    "That is fine, but no later than Friday at noon.",
    "Tack så mycket! 🙏",
    "I think we should cut the part about the harbour, it is too long.",
    "Kan noen ta med lader? Min er ødelagt.",
    "Je ne comprends pas la question 3, tu peux m'expliquer ?",
    "Is the room still B214? The door was locked this morning.",
    "It moved to the library, second floor.",
    "Please remember to give the form to your parents to sign.",
    "My little brother is ill, so I have to go home at two.",
    "Haha yes, and then the whole class started to clap 😂",
    "I have put our slides into the project folder.",
    "Could you read my introduction before I hand it in?",
    "It reads well. Say a little more about why you chose the topic.",
    "Nie mogę dzisiaj, może w poniedziałek?",
    "The bus leaves at 8:15 sharp, we will not wait.",
    "OK 👍",
)  # fmt: skip
DISCUSSION_TITLES = (
    "What surprised you about {topic}?", "Questions before the test: {topic}",
    "Share a link about {topic}", "Is {topic} still relevant today?",
)  # fmt: skip
POSTS = (
    "I agree with what was said above, but I would add one thing.",
    "Can somebody explain the second figure in the book?",
    "I found a short film about this that helped me more than the text.",
    "I am not sure that is right. Our results were different.",
    "At home we talked about this, and my father remembers it differently.",
    "Good point! I had not thought of it that way.",
    "Does this come up in the test?",
)
ANNOUNCEMENTS = (
    ("Change of room", "On Tuesday we meet in the laboratory instead of the classroom."),
    ("Excursion", "Bring a packed lunch, boots and something to write with. We are back by 15:30."),
    ("Test next week", "The test covers the last two topics. Questions are welcome until Monday."),
    ("Results are in", "I have marked your work. Read my comments before you look at the grade."),
    ("New material", "I have added the slides and a list of links to the course."),
)
COMMENTS = (
    "Thanks!", "Do we need to bring the book?", "I am at a tournament that day, what shall I do?",
    "Where do we meet?", "Can we work in pairs?", "Tack!", "How many questions are there?",
)  # fmt: skip
INSTRUCTIONS = (
    "Write about {topic} in your own words, 300 to 500 words. Name your sources at the end.",
    "Work in pairs on {topic}. Each of you hands in a text, and the pictures you took.",
    "Choose one aspect of {topic} and explain it to a pupil in a lower year.",
)
NOTES = (
    "Ask about the retake.", "Bring 40 kr for the bus.", "Vocabulary: seldom, hardly, scarcely.",
    "Idea for the project: interview the caretaker about the old boiler room.",
    "Don't forget: library books back on the 21st!",
)  # fmt: skip
PROJECTS = (
    ("Our river", "Water quality in the river behind the school, measured for four weeks."),
    ("School newspaper", "Four pages before Christmas: interviews, a recipe and a comic."),
    ("Robot that waters plants", "A moisture sensor, a pump and some Python."),
    ("Recipes from home", "A cookbook with a recipe and a story from every family."),
    ("Sound map", "Recordings from twelve places in town, put on a map."),
)
MATERIALS = (
    "Checklist for lab reports", "Slides of week 37", "Summary of chapter 4", "Word list",
    "Photo of the whiteboard", "Old exam with answers", "Sources for the essay", "Interview",
)  # fmt: skip
TAGS = ("exam", "year 8", "year 9", "template", "inspiration", "läsning", "group work")
FEEDBACK = (
    "You explain the main idea clearly. Next time, say where your numbers come from.",
    "A good start. The last paragraph repeats the first; try to end with a conclusion of your own.",
    "Thorough and well written. I especially liked your own example.",
    "You have understood the method, but there are slips in the calculation. Check the units.",
    "The text is too short for me to see what you know. Come to me and we will look at it together.",
)  # fmt: skip
MARKING = (
    "Well observed.", "Source?", "This sentence says the opposite of what you mean.",
    "Nice transition.", "See page 46.", "Please use the past tense here.", "Exactly!",
)  # fmt: skip
ATTENDANCE_COMMENTS = {
    "present": (None, None, None, "Left ten minutes early for the bus."),
    "late": ("The train was delayed.", "Overslept.", None),
    "excused": ("Dentist.", "Ill; the mother called.", "Religious holiday."),
    "absent": (None, "Could not be reached.", "Seen in the cafeteria."),
}
BEHAVIOUR = (
    "Helped a new classmate to find their way all week.",
    "Disturbed the lesson several times although asked to stop; we talked about it afterwards.",
    "Has taken responsibility for the group and made sure that everyone was heard.",
    "Used the phone during the test. The phone was kept until the end of the day.",
    "Was upset after the break and could work in the library.",
)  # fmt: skip
EXTRA_TIME_REASONS = (
    "Dyslexia, certificate of 2023", "Broken wrist", "Writes in a second language", None,
)  # fmt: skip
PERSONAL_EVENTS = (
    ("Dentist", "Folktandvården, Storgatan 4"), ("Swimming practice", "The pool"),
    ("Study with Freya", "Library"), ("Grandmother's birthday", None), ("Orthodontist", "Room 3"),
)  # fmt: skip
SHARED_EVENTS = (
    ("Test", "Classroom"), ("Guest lecture", "Assembly hall"), ("Excursion", "Meet at the gate"),
    ("Project meeting", "Group room 2"), ("Deadline", None),
)  # fmt: skip
ABOUT_ME = (
    "I play handball and the trombone, not at the same time.", "Ask me about birds.",
    "Ny i stan!", "Books, tea, rain.", "", None, None,
)  # fmt: skip
ACTIONS = (
    ("logged_in", "the service"), ("viewed", "course page"), ("downloaded", "document"),
    ("opened", "test"), ("changed", "own profile"), ("viewed", "announcement"),
    ("logged_out", "the service"),
)  # fmt: skip
STAFF_ACTIONS = (
    ("viewed", "question set"), ("altered", "question set"), ("viewed", "submission"),
    ("graded", "submission"), ("viewed", "attendance"),
)  # fmt: skip
DEVICES = (
    ("Firefox 132", "Windows 11"), ("Chrome 130", "ChromeOS 130"), ("Safari 18", "macOS 15"),
    ("Safari 18", "iOS 18"), ("Chrome 130", "Android 15"), ("Edge 130", "Windows 11"),
)  # fmt: skip
DIFFICULT_TEXTS = (
    "Hi 👩🏽‍🚀👨‍👩‍👧‍👦, the 𝕡𝕝𝕒𝕟 is on 🏳️‍🌈 paper",
    "שלום! השיעור מתחיל ב־8:15, נכון? مرحبا، نعم \u202eright to left\u202c",
    'I wrote <b>bold</b> & "quoted" it, then ]]> and <![CDATA[ appeared; also &amp; and &#0;',
    "First line\r\nsecond line\rthird\n\n\tindented, with a trailing space ",
    "Pasted from a word processor:\x0bvertical tab, \x0c form feed, \x1f and \x7f, \ufffe, \u2028 end",
    "'; DROP TABLE message; -- =HYPERLINK(https://school.example) \\N \\. \\x",
    "e\u0301 is not \u00e9 to a computer; ﬁ, ﷽, Z\u0351\u036b\u0343a\u035bl\u0363go",
    " ",
    "",
)
"""What people really paste into text fields, and what trips up exports."""
