"""What one wants to do: the groups of the documentation, in the order in which it shows them."""

TAKE_ON = "1. Take a controller on"
ACT_FOR = "2. Act for a controller"
FIND = "3. Find the person"
EXERCISE = "4. Exercise a right"
FOLLOW = "5. Follow a subject request"
DECIDE = "6. Approve, refuse, extend"
HAND_OVER = "7. Hand over the data"
RESTRICTIONS = "8. Lift restrictions, empty the trashcan"
HOLDS = "9. Hold what must not be erased"
EVIDENCE = "10. Show what was done"
AUDIT = "11. Read the audit trail"
WEBHOOKS = "12. Be told what happens"
PLATFORM = "13. Tell what happened on the platform"
MISDIRECTED = "14. Hand over what end users sent"
SERVICE = "15. Look after the service"

_DESCRIPTIONS = {
    TAKE_ON: "For support: create a controller, bind it to a data map, enable the tool for it, issue "
    "API keys for its programs. A controller's own program may read what is set for it.",
    ACT_FOR: "For support: a grant to act for one controller, with a reason and for some hours.",
    FIND: "Look the person up and confirm that this is the one who is meant.",
    EXERCISE: "Access (Art. 15), portability (Art. 20), restriction (Art. 18) and erasure (Art. 17). "
    "Needs a confirmation, an approval and a reason; an erasure a preview, too.",
    FOLLOW: "See how far it has come, what is in its way, and have it go on, or cancel it.",
    DECIDE: "The second person of an erasure; refusals with their article; deadlines.",
    HAND_OVER: "Look at the bundle and download it, or make a link for the person, until it expires.",
    RESTRICTIONS: "Who is restricted, on which ground and since when; restore, or erase those who "
    "are in the trashcan.",
    HOLDS: "Orders not to erase (Art. 17(3), 18(1)(c)): place one, see what is in force, give it "
    "another end, end it.",
    EVIDENCE: "Receipts of every right that was carried out, the keys that verify them, and what is kept "
    "until when.",
    AUDIT: "Who did what and when; that nothing was changed since; export and checkpoints.",
    WEBHOOKS: "Where events are sent to, what was sent, and sending it again.",
    PLATFORM: "For the learning platform: something or somebody is gone, or in its trashcan.",
    MISDIRECTED: "Requests that reached the one who runs the platform, and are the controller's.",
    SERVICE: "For those who run Habeas. No API key is needed.",
}

TAGS = [{"name": name, "description": text} for name, text in _DESCRIPTIONS.items()]
"""The groups, as OpenAPI lists them."""
