"""On what a controller may refuse to act."""

import pytest

from app.domain.refusals import GROUNDS
from schemas.vocabulary import RefusalArticle, Right


@pytest.mark.parametrize("article", RefusalArticle)
def test_every_article_has_words_for_the_person_and_a_right(article: RefusalArticle) -> None:
    ground = GROUNDS[article]
    assert ground.words.endswith(".")
    assert ground.rights


@pytest.mark.parametrize("right", [Right.ACCESS, Right.PORTABILITY, Right.RESTRICTION])
def test_the_exceptions_of_erasure_are_no_reason_to_refuse_another_right(right: Right) -> None:
    exceptions = [each for each in RefusalArticle if each.startswith("17")]
    assert exceptions
    assert all(right not in GROUNDS[each].rights for each in exceptions)


def test_whoever_cannot_be_identified_is_refused_any_right() -> None:
    assert GROUNDS[RefusalArticle.CANNOT_IDENTIFY].rights == set(Right)
