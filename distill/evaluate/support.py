"""Citation accuracy by support: a citation is right only if the record bears out the sentence.

A citation is a pair of a sentence and a record, however often the sentence refers to it (FACT of
DeepResearch Bench). What code cannot tell is counted apart and never as right.
"""

from collections.abc import Iterable, Iterator

from agent.ledger import SeenPage, SeenProduct, SeenReview, UnknownTagError
from agent.report.draft import Citation, FieldReference, QuoteReference, Section
from agent.report.facts import lookup
from agent.report.ground import Ground
from distill.evaluate.statements import Statement, of_report, written
from distill.evaluate.support_products import weigh_product
from distill.evaluate.support_reviews import weigh_page, weigh_review
from distill.evaluate.weighed import Support, Weighed, unsupported
from distill.judging.report_view import View
from index.product import Record


class Cited(Record):
    """One citation, weighed."""

    tag: str
    section: Section
    sentence: str
    support: Support
    reason: str


def cited(view: View) -> list[Cited]:
    """Every citation of the author's own sections."""
    ground = Ground(view.desk, view.trajectory.asked)
    statements = (of_report(own, view.desk) for own in view.own)
    return list(weigh(statements, ground))


def weigh(statements: Iterable[Statement], ground: Ground) -> Iterator[Cited]:
    """Weigh the citations of sentences, in order."""
    for statement in statements:
        spans = [s for s in statement.sentence if isinstance(s, (Citation, FieldReference, QuoteReference))]
        for tag in dict.fromkeys(span.tag for span in spans):
            weighed = _weigh(tag, statement, ground)
            yield Cited(
                tag=tag,
                section=statement.section,
                sentence=written(statement, ground.desk),
                support=weighed.support,
                reason=weighed.reason,
            )


def _weigh(tag: str, statement: Statement, ground: Ground) -> Weighed:
    try:
        seen = lookup(ground.desk.evidence, tag)
    except UnknownTagError:
        return unsupported(f"{tag} was never shown")
    match seen:
        case SeenProduct():
            return weigh_product(seen, statement, ground)
        case SeenReview():
            return weigh_review(seen, statement, ground)
        case SeenPage():
            return weigh_page(seen, statement)
