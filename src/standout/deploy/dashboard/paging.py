"""Going through a list by key: newer and older, with what was passed kept in the session."""

from __future__ import annotations

import streamlit as st


class Paging:
    """Where one list of the session is."""

    def __init__(self, name: str) -> None:
        self._name = f"paging-{name}"

    @property
    def _passed(self) -> list[int]:
        found = st.session_state.get(self._name)
        return list(found) if isinstance(found, list) else []

    @property
    def before(self) -> int | None:
        """The key that this page's rows come before; None on the first."""
        passed = self._passed
        return passed[-1] if passed else None

    @property
    def number(self) -> int:
        """Which page it is, from 1."""
        return len(self._passed) + 1

    def restart(self) -> None:
        """Go to the first page."""
        st.session_state.pop(self._name, None)

    def buttons(self, following: int | None) -> None:
        """Newer and older; nothing where all is on one page."""
        if following is None and not self._passed:
            return
        with st.container(horizontal=True, vertical_alignment="center", key=f"{self._name}-buttons"):
            st.button("Newer", key=f"{self._name}-newer", disabled=not self._passed, on_click=self._back)
            st.button("Older", key=f"{self._name}-older", disabled=following is None, on_click=self._on, args=(following,))
            st.html(f'<span class="under">page {self.number}</span>', width="content")

    def _back(self) -> None:
        st.session_state[self._name] = self._passed[:-1]

    def _on(self, following: int) -> None:
        st.session_state[self._name] = [*self._passed, following]
