"""What the school can prove: the auditor reads the ledger and takes a proof away; the administrator sees that nothing would be lost."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

Judge = Callable[[Page, str], None]
Enter = Callable[..., Page]
DONE = 240_000  # an audit or a drill of the whole college, on a machine that runs other stories too


def download(page: Page, link: str, folder: Path) -> Path:
    with page.expect_download() as coming:
        page.get_by_role("link", name=link).first.click()
    kept = folder / coming.value.suggested_filename
    coming.value.save_as(kept)
    return kept


def verify(folder: Path, proof: Path, *more: str) -> subprocess.CompletedProcess[str]:
    """As a parent or a court does it: plain Python, nothing installed, nothing of the product within reach."""
    command = [sys.executable, "-I", "-S", "verify_ledger.py", proof.name, *more]
    return subprocess.run(command, cwd=folder, env={"PYTHONIOENCODING": "utf-8"}, capture_output=True, text=True, timeout=60, check=False)


def test_the_auditor_takes_a_proof_away(sign_in: Enter, judged: Judge, tmp_path: Path) -> None:
    page = sign_in("T1026")
    page.get_by_role("navigation").get_by_role("link", name="操作记录").first.click()
    expect(page.locator("main tbody tr").first).to_contain_text("方正平")  # signing in is an entry too
    judged(page, "ledger")
    page.locator(".tabs").get_by_role("link", name="核验").click()
    page.get_by_role("button", name="立即签名").click()
    expect(page.get_by_role("status")).to_contain_text("短码")
    page.get_by_role("link", name="打印或张贴").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("签名树头")
    code = page.locator(".code-big").inner_text()
    judged(page, "ledger-head")

    page.goto("/ledger/?area=people")
    page.locator("main tbody a[data-open]").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("记录")
    judged(page, "ledger-entry")
    proof, script = download(page, "下载证明", tmp_path), download(page, "verify_ledger.py", tmp_path)
    assert script.name == "verify_ledger.py" and "student:" not in proof.read_text("utf-8")
    proved = verify(tmp_path, proof, "--code", code)
    assert proved.returncode == 0 and "证明成立 PROVED" in proved.stdout, proved.stdout + proved.stderr
    assert "FAILS" not in proved.stdout
    refused = verify(tmp_path, proof, "--code", "0000-0000-0000-0000")
    assert refused.returncode == 1 and "NOT PROVED" in refused.stdout
    altered = tmp_path / "altered.json"
    altered.write_text(re.sub(r'("kind": "[a-z]+)', r"\1x", proof.read_text("utf-8"), count=1), "utf-8")
    assert verify(tmp_path, altered).returncode == 1


def test_the_auditor_has_everything_looked_through(sign_in: Enter, judged: Judge, tmp_path: Path) -> None:
    page = sign_in("T1026")
    page.goto("/ledger/proof/")
    for _ in range(2):
        page.get_by_role("button", name="立即签名").click()
        expect(page.get_by_role("status")).to_contain_text("短码")
    page.get_by_role("button", name="核验全部").click()
    expect(page.locator("main")).to_contain_text("没有发现改动", timeout=DONE)
    judged(page, "ledger-audited")
    with page.expect_download() as coming:
        page.get_by_role("button", name="下载一致性证明").click()
    proof = tmp_path / coming.value.suggested_filename
    coming.value.save_as(proof)
    download(page, "verify_ledger.py", tmp_path)
    key = page.locator("section", has_text="签名公钥").locator(".mono").last.inner_text()
    proved = verify(tmp_path, proof, "--key", key)
    assert proved.returncode == 0 and "证明成立 PROVED" in proved.stdout, proved.stdout + proved.stderr


def test_the_administrator_backs_up_and_drills(sign_in: Enter, judged: Judge) -> None:
    page = sign_in("T1027")
    page.goto("/backups/")
    good = page.locator("section", has_text="最近一次成功的备份")
    page.get_by_role("button", name="立即备份").click()
    expect(good).to_contain_text("账本记录数", timeout=DONE)
    judged(page, "")
    page.get_by_role("button", name="立即演练").click()
    expect(page.locator("section", has_text="最近一次成功的演练")).to_contain_text("恢复出", timeout=DONE)
    expect(page.locator("main .note-warn")).to_have_count(0)
    judged(page, "backups")
    page.goto("/")
    expect(page.locator("main")).not_to_contain_text("还没有备份过")
