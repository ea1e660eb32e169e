"""The sheet of nine equations is one page of A4 when it is printed, from either scheme."""

import re

import pytest


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_sheet_is_one_page_of_a4(open_page, site, scheme):
    page = open_page(f"{site.as_uri()}/book/sheet.html", offline=True, color_scheme=scheme)
    page.wait_for_selector(".quoted-equation:nth-of-type(1) mjx-container")
    printed = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1
    a4 = [
        float(side) for side in re.search(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", printed).groups()
    ]
    assert a4 == pytest.approx([595, 842], abs=1)  # in points: 210 mm by 297 mm


def test_each_equation_leads_to_its_chapter(open_page, site):
    page = open_page(f"{site.as_uri()}/book/sheet.html", offline=True)
    links = page.eval_on_selector_all(".quoted-from a", "all => all.map(one => one.href)")
    assert len(links) == 9
    for link in links:
        address, _, place = link.partition("#")
        page.goto(address)
        assert page.query_selector(f"[id='{place}']"), link
