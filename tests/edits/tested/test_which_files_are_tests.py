import pytest

from editdiff.edits.tested.files import is_test


@pytest.mark.parametrize(
    "path",
    [
        "tests/area.py", "src/test/java/Area.java", "area/__tests__/a.js", "test_area.py", "pkg/area_test.go",
        "src/AreaTest.java", "src/AreaTests.cs", "web/area.test.ts", "web/area.spec.tsx", "spec/area_spec.rb",
        "conftest.py", "pkg/conftest.py", "setup.py", "noxfile.py", "testdata/x.py", "fixtures/a.py",
        "app/tests.py", "src/test.js",
    ],
)  # fmt: skip
def test_tests_and_what_they_need_are_known_by_their_names(path):
    assert is_test(path)


@pytest.mark.parametrize(
    "path",
    ["area.py", "src/latest.py", "contest/area.py", "src/attest.py", "testing.py", "protest.js"],
)
def test_code_is_no_test(path):
    assert not is_test(path)
