"""Signed-in people who press buttons while the server dies: what was not answered is sent again, as a telephone or an impatient person does."""

import http.client
import random
import re
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

TOKEN = "a" * 32
PATIENCE = 30.0
FORM = re.compile(r'action="/cases/steps/(\d+)/finish/">(.*?)</form>', re.DOTALL)
DECISION = re.compile(r'name="decision" value="(\w+)"')


@dataclass
class AtWork:
    """`reports`: key → number of the report, as answered. `finished`: steps whose finish was answered. `broken`: answers of 400 and above.
    `despaired`: what was never answered."""

    port: int
    sessions: Mapping[str, str]
    cases: list[int]
    sids: list[int]
    seed: int
    reports: dict[str, int] = field(default_factory=dict)
    finished: set[int] = field(default_factory=set)
    broken: list[str] = field(default_factory=list)
    despaired: list[str] = field(default_factory=list)
    asked: int = 0
    stopping: threading.Event = field(default_factory=threading.Event)
    threads: list[threading.Thread] = field(default_factory=list)
    _taken: int = 0

    def start(self) -> None:
        for number, job in enumerate((self._report, self._report, self._take, self._finish)):
            dice = random.Random(self.seed + number)
            thread = threading.Thread(target=self._until_told, args=(job, dice), daemon=True)
            self.threads.append(thread)
            thread.start()

    def stop(self) -> None:
        """Nobody begins anything new."""
        self.stopping.set()

    def served(self) -> bool:
        """Everybody has got an answer to the last thing they sent."""
        return not any(thread.is_alive() for thread in self.threads)

    def _until_told(self, job: Callable[[random.Random], None], dice: random.Random) -> None:
        while not self.stopping.is_set():
            job(dice)
            time.sleep(0.1)

    def _report(self, dice: random.Random) -> None:
        """Every third is critical: a crisis message. The same key until it is answered."""
        key = str(uuid.UUID(int=dice.getrandbits(128)))
        form = {"key": key, "category": "night_absence", "urgency": dice.choice(("critical", "urgent", "routine")), "what": "未归"}
        form["sid"] = str(dice.choice(self.sids))
        where = self._surely("王宿管", "/report/", form)[0]
        if found := re.match(r"/report/(\d+)/", where):
            self.reports[key] = int(found[1])

    def _take(self, dice: random.Random) -> None:
        """Two who are asked press at once; every second report is left to climb."""
        waiting = sorted(self.reports.values())[self._taken :]
        if not waiting:
            return
        self._taken += 1
        if dice.random() < 0.5:
            self._at_once(("林老师", "高院长"), f"/incidents/{waiting[0]}/acknowledge/", {})

    def _finish(self, dice: random.Random) -> None:
        """The next step of a case, pressed twice at once; where none is left, another by hand."""
        case, who = dice.choice(self.cases), dice.choice(("林老师", "林老师", "李秘书"))
        page = self._surely(who, f"/cases/{case}/")[1]
        if (form := FORM.search(page)) is None:
            if who == "林老师" and (owner := re.search(r'name="to".*?<option value="(\d+)"', page, re.DOTALL)):
                step = {"title": "再看一次", "to": owner[1], "within": "1 school day", "output": "note"}
                self._ask("POST", who, f"/cases/{case}/step/", step)  # pressed once: a second press would be a second step
            return
        decisions = DECISION.findall(form[2])
        words = {"words": "谈过了，约定按时交作业。"} | ({"decision": dice.choice(decisions)} if decisions else {})
        if self._at_once((who, who), f"/cases/steps/{form[1]}/finish/", words):
            self.finished.add(int(form[1]))

    def _at_once(self, people: tuple[str, ...], path: str, form: Mapping[str, str]) -> bool:
        answers: list[str] = []
        pressed = [threading.Thread(target=lambda who=one: answers.append(self._surely(who, path, form)[0])) for one in people]
        for thread in pressed:
            thread.start()
        for thread in pressed:
            thread.join()
        return len(answers) == len(people)

    def _surely(self, who: str, path: str, form: Mapping[str, str] | None = None) -> tuple[str, str]:
        """(where it leads, the page): asked again until it is answered."""
        ends = time.monotonic() + 4 * PATIENCE
        while time.monotonic() < ends:
            answer = self._ask("GET" if form is None else "POST", who, path, form)
            if answer is not None:
                return answer
            time.sleep(0.2)
        self.despaired.append(path)
        raise TimeoutError(f"{path} was never answered")

    def _ask(self, method: str, who: str, path: str, form: Mapping[str, str] | None = None) -> tuple[str, str] | None:
        headers = {"Cookie": f"sessionid={self.sessions[who]}; csrftoken={TOKEN}", "X-CSRFToken": TOKEN}
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            link.request(method, path, urlencode(form or {}), headers)
            answer = link.getresponse()
            text = answer.read().decode()
        except (OSError, http.client.HTTPException):
            return None
        finally:
            link.close()
        self.asked += 1
        if answer.status >= 400:
            self.broken.append(f"{method} {path} {answer.status}")
            return None if answer.status >= 500 else ("", "")
        return answer.headers.get("Location", ""), text
