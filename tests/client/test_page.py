"""The examples of docs/client.md are run as they stand there, against a service."""

import doctest

from tests.docs.tables import DOCS

ADDRESS = "http://127.0.0.1:8321"


def test_every_example_of_the_page_about_the_client_works(url):
    text = (DOCS / "client.md").read_text(encoding="utf-8").replace(ADDRESS, url)
    examples = doctest.DocTestParser().get_doctest(text, {}, "client.md", None, 0)
    assert len(examples.examples) > 20
    failed: list[str] = []
    runner = doctest.DocTestRunner(verbose=False)
    runner.run(examples, out=failed.append)
    assert runner.failures == 0, "".join(failed)
