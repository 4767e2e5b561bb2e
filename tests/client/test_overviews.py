"""The verbs that look over what there is, against a service that runs."""

import pytest

from settee.client import errors


def test_items_versions_and_the_catalogue_can_be_looked_over(client):
    page = client.find_items("FARGO", limit=5)
    assert [one.title for one in page.items] == ["Fargo"]
    assert page.n_found == 1
    assert client.catalogue().n_items >= 8
    listed = client.model_versions()
    assert client.model_version().version == listed.in_use
    assert client.model_version(listed.in_use).is_in_use
    with pytest.raises(errors.NotFound):
        client.model_version("ffffffffffffffff")


def test_reports_and_what_was_refused_can_be_looked_over(client):
    assert client.reports("import", limit=3).reports == []
    client.send_events([{"account_id": "one", "kind": "nonsense"}])
    file = client.quarantine().files[0]
    rows = client.refused_rows(file.name, reason="bad_event", limit=1).rows
    assert "nonsense" in rows[0].raw
