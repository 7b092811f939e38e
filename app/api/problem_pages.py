"""Says of every problem what happened and what to do next: where a problem's `type` leads.

Reference:
    RFC 9457, 4.
"""

from html import escape

from fastapi import APIRouter
from starlette.responses import HTMLResponse

from app.api.pages import page, paragraph
from app.api.problems import EXPLANATIONS
from app.domain.errors import Refused
from schemas.problem_vocabulary import Problem

router = APIRouter(include_in_schema=False)


@router.get("/problems")
async def list_problems() -> HTMLResponse:
    """Show every problem there is."""
    entries = "".join(
        f'<dt><a href="/problems/{problem}">{escape(explanation.title)}</a></dt>'
        f"<dd><code>{problem}</code>, status {explanation.status}</dd>"
        for problem, explanation in EXPLANATIONS.items()
    )
    lead = paragraph("Every refusal of Habeas has one of these types.")
    return page("Problems", f"{lead}<dl>{entries}</dl>")


@router.get("/problems/{slug}")
async def explain_problem(slug: str) -> HTMLResponse:
    """Explain one problem."""
    if slug not in set(Problem):
        raise Refused(Problem.NOT_FOUND, "There is no such problem. /problems lists them all.")
    explanation = EXPLANATIONS[Problem(slug)]
    body = (
        f"<p><code>{slug}</code>, status {explanation.status}</p>"
        f"<h2>What happened</h2>{paragraph(explanation.happened)}"
        f"<h2>What to do next</h2>{paragraph(explanation.remedy)}"
        '<p><a href="/problems">All problems</a></p>'
    )
    return page(explanation.title, body)
