"""``Account``: which session the panel works for, the badge that says so, and the key that is typed into it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ..catalog import money
from ..config import APIKey
from ..database import MEMORY
from ..errors import APIMartError, AuthenticationError
from ..session import Session, set_default_session
from ..task import Balance

if TYPE_CHECKING:
    from .panel import ImagePanel

_TOLD = "told where pictures are kept"

# Called with what the page shows by then: the form may have been changed since the press.
Press = Callable[[Mapping[str, Any]], object]


class Account:
    """The money side of one panel. A typed key lives in the memory of the session it opens, and nowhere else."""

    def __init__(self, panel: ImagePanel) -> None:
        self._panel = panel
        self._lock = threading.Lock()
        self._waiting: Press | None = None
        # Live sessions in memory that were left: the only place where what they paid for is kept.
        self._left: list[Session] = []

    def badge(self) -> dict[str, str]:
        """What the strip at the top says."""
        session = self._panel.session
        if session.mode == "sandbox":
            return {"mode": "sandbox", "origin": "", "balance": "", "note": self._panel.say("panel.badge_note")}
        if session.played is not None:
            key = "panel.badge_replay_of_drawings" if session.mode == "sandbox replay" else "panel.badge_replay_of"
            note = self._panel.say(key, name=session.played.name)
            return {"mode": session.mode, "origin": "", "balance": "", "note": note}
        balance = session.known_balance(self._panel.redraw)
        money_shown = [self._budget(session), self._balance(balance) if balance is not None else ""]
        return {
            "mode": "live",
            "origin": urlsplit(session.origin).netloc,
            "balance": " · ".join(filter(None, money_shown)),
            "note": "",
        }

    def kept(self) -> str:
        """Where pictures are kept, once the user was told."""
        session = self._panel.session
        if session.mode != "live" or self._must_tell(session):
            return ""
        if session.library.folder is None:
            return self._panel.say("panel.kept_nowhere")
        return self._panel.say("panel.kept", path=session.library.folder)

    def notice(self) -> str:
        """What has to be agreed to before the waiting press goes on; empty while none waits."""
        with self._lock:
            if self._waiting is None:
                return ""
        return self._panel.say("panel.kept", path=self._panel.session.library.folder)

    def may_submit(self, then: Press) -> bool:
        """Whether a paid job may start now; otherwise ``then`` waits until the user has seen where things are kept."""
        if not self._must_tell(self._panel.session):
            return True
        with self._lock:
            self._waiting = then
        return False

    def gesture(self, content: Mapping[str, Any]) -> None:
        """A message about keys or keeping; whatever takes time goes on on a thread of its own."""
        kind = content["kind"]
        if kind == "key":
            key, keep, attempt = content.get("key"), content.get("keep") is not False, content.get("attempt")
            hidden: APIKey | APIMartError | None
            try:
                hidden = APIKey.of(key if isinstance(key, str) else None)
            except APIMartError as error:
                hidden = error
            del key
            threading.Thread(target=self._connect, args=(hidden, keep, attempt), daemon=True).start()
        elif kind == "forget":
            threading.Thread(target=self._disconnect, daemon=True).start()
        elif kind == "agree":
            self._panel.session.library.remember(_TOLD, "yes")
            self._go_on(content)
        elif kind == "keep-nothing":
            threading.Thread(target=self._keep_nothing, args=(content,), daemon=True).start()

    # ---- on a thread of their own

    def _connect(self, key: APIKey | APIMartError | None, keep: bool, attempt: object) -> None:
        if isinstance(key, APIMartError) or key is None:
            message = key.message if key is not None else self._panel.say("config.empty_key")
            self._panel.tell_key_result(attempt, False, message)
            return
        session = None
        try:
            session = Session(key, mode="live", library=None if keep else MEMORY)
            session.balance()
        except APIMartError as error:
            if session is not None:
                session.close()
            refused = isinstance(error, AuthenticationError)
            said = self._panel.say("panel.key_refused") if refused else error.message
            self._panel.tell_key_result(attempt, False, said)
            return
        self._drop_waiting()
        self._switch(self._again(session))
        self._panel.tell_key_result(attempt, True, "")

    def _disconnect(self) -> None:
        self._drop_waiting()
        self._switch(Session(mode="sandbox"))

    def _keep_nothing(self, content: Mapping[str, Any]) -> None:
        self._switch(self._again(self._panel.session.in_memory()))
        self._go_on(content)

    def _again(self, fresh: Session) -> Session:
        """The session in memory that was left with the same account, else ``fresh``."""
        if fresh.library.folder is not None or fresh._key is None:
            return fresh
        for left in (self._panel.session, *self._left):
            in_memory = left.mode == "live" and left.library.folder is None and not left._closed
            same_account = left.origin == fresh.origin and left._scope.account == left.library.account(fresh._key)
            if in_memory and same_account:
                fresh.close()
                return left
        return fresh

    def _switch(self, session: Session) -> None:
        left = self._panel.session
        if left.mode == "live" and left.library.folder is None and left not in self._left:
            self._left.append(left)
        set_default_session(session)
        self._panel.use_session(session)

    def _drop_waiting(self) -> None:
        """A press that waits for an answer was meant for the session that is left: another would bill it elsewhere."""
        with self._lock:
            self._waiting = None

    def _go_on(self, content: Mapping[str, Any]) -> None:
        with self._lock:
            then, self._waiting = self._waiting, None
        if then is not None:
            then(content)
        self._panel.redraw()

    def _must_tell(self, session: Session) -> bool:
        library = session.library
        return session.mode == "live" and library.folder is not None and library.remembered(_TOLD) is None

    def _budget(self, session: Session) -> str:
        if session.daily_budget is None:
            return ""
        spent = session.spent()
        return self._panel.say(
            "panel.budget", spent=money(spent.total, spent.unit), budget=money(session.daily_budget, spent.unit)
        )

    def _balance(self, balance: Balance) -> str:
        if balance.unlimited:
            return self._panel.say("panel.unlimited")
        if balance.remaining is None:
            return ""
        return self._panel.say("panel.balance", amount=money(balance.remaining, "USD"))
