"""On what a controller may refuse to act, and what the Regulation says there.

Reference:
    GDPR Art. 11(2), 12(4), 12(5), 15(4), 17, 18(1), 20, 23(1).
"""

from dataclasses import dataclass

from schemas.vocabulary import RefusalArticle, Right

_ANY = frozenset(Right)
_ERASURE = frozenset({Right.ERASURE})
_COPY = frozenset({Right.ACCESS})
_PORTING = frozenset({Right.PORTABILITY})


@dataclass(frozen=True, slots=True)
class Ground:
    """What an article says.

    Attributes:
        rights: To which rights it applies.
        words: What the person is told.
    """

    rights: frozenset[Right]
    words: str


GROUNDS: dict[RefusalArticle, Ground] = {
    RefusalArticle.CANNOT_IDENTIFY: Ground(
        _ANY, "The controller cannot identify you among those whose data it holds."
    ),
    RefusalArticle.UNFOUNDED_OR_EXCESSIVE: Ground(
        _ANY, "The request is manifestly unfounded or excessive."
    ),
    RefusalArticle.RIGHTS_OF_OTHERS_IN_A_COPY: Ground(
        _COPY, "A copy would adversely affect the rights and freedoms of others."
    ),
    RefusalArticle.NO_GROUND_FOR_ERASURE: Ground(
        _ERASURE, "None of the grounds for erasure of Art. 17(1) applies."
    ),
    RefusalArticle.FREE_EXPRESSION: Ground(
        _ERASURE, "The data is needed for exercising the right of freedom of expression."
    ),
    RefusalArticle.LEGAL_OBLIGATION: Ground(
        _ERASURE, "The data is needed for a legal obligation or a task in the public interest."
    ),
    RefusalArticle.PUBLIC_HEALTH: Ground(
        _ERASURE, "The data is needed for reasons of public interest in public health."
    ),
    RefusalArticle.ARCHIVING_OR_RESEARCH: Ground(
        _ERASURE,
        "The data is needed for archiving in the public interest, for research or for statistics.",
    ),
    RefusalArticle.LEGAL_CLAIMS: Ground(
        _ERASURE, "The data is needed for the establishment, exercise or defence of legal claims."
    ),
    RefusalArticle.NO_GROUND_FOR_RESTRICTION: Ground(
        frozenset({Right.RESTRICTION}), "None of the grounds for restriction of Art. 18(1) applies."
    ),
    RefusalArticle.NOT_PORTABLE: Ground(
        _PORTING, "The data does not rest on consent or a contract, or you did not provide it."
    ),
    RefusalArticle.PUBLIC_TASK: Ground(
        _PORTING, "The data is needed for a task in the public interest or of official authority."
    ),
    RefusalArticle.RIGHTS_OF_OTHERS_IN_PORTING: Ground(
        _PORTING, "Handing the data over would adversely affect the rights and freedoms of others."
    ),
    RefusalArticle.RESTRICTED_BY_LAW: Ground(
        _ANY, "Union or Member State law restricts this right."
    ),
}
"""Every article, with what it says."""
