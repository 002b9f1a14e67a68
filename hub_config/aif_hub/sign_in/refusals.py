"""What a person reads who may not sign in: which identity they came with, why it does not fit, and what to do."""

from __future__ import annotations

from aif.core.errors import AifError
from aif_hub.speech import N_, _

#: Why, by a code that stays the same: the sentence and the next step. Said in the language of the request.
_ROWS = {
    "no-claim": (
        N_("{service} did not tell us your {claim}, which the workbench needs to find your login."),
        N_("Your institution may not pass it on. Tell the contact below that {claim} is missing."),
    ),
    "not-connected": (
        N_("{service} knows you, and this identity is not connected to a login on the supercomputer yet."),
        N_("Ask the contact below to connect it, and name the identity shown here."),
    ),
    "no-login": (
        N_("Your identity belongs to the login {login}, which does not exist on the supercomputer."),
        N_("It may not be made yet, or has been closed. Ask the contact below, and name the identity shown here."),
    ),
    "system-login": (
        N_("The login {login} is one of the system's own. Nobody works on the workbench as one of those."),
        N_("Sign in with an identity of your own."),
    ),
    "organisation": (
        N_("People of {organisation} do not sign in here with this identity."),
        N_("Sign in with the institution that gave you access, or ask the contact below."),
    ),
    "group": (
        N_("You are in none of the groups that may use the workbench."),
        N_("Ask whoever leads your project to invite you. If you were invited just now, accept that first."),
    ),
    "assurance": (
        N_("{service} is not sure enough who you are: the workbench needs {assurance}."),
        N_("Sign in with your institution in place of a guest identity, or ask the contact below."),
    ),
    "provider-said": (
        N_("{service} did not let you in. It said: {said}"),
        N_("Nothing was changed here. You can try again, or choose another institution there."),
    ),
    "provider-away": (
        N_("{service} does not answer just now, so we cannot know who you are. Running sessions go on."),
        N_("Try again in a minute. If it stays, the contact below knows more."),
    ),
    "provider-wrong": (
        N_("What {service} sent does not prove who you are, so nobody was signed in."),
        N_("Try again. If it happens twice, tell the contact below when it happened."),
    ),
    "stale": (
        N_("This sign-in took too long, was begun in another window, or the page was loaded twice."),
        N_("Sign in once more from here."),
    ),
}
CODES = tuple(_ROWS)


class SignInRefused(AifError):
    """Somebody who may not sign in: `code` for logs and counts, `identity` as it is shown to them, words to say."""

    def __init__(self, code: str, identity: str = "", **gaps: str) -> None:
        self.code = code
        self.identity = identity
        self._gaps = gaps
        super().__init__(f"{code}: {identity or 'nobody'} {gaps}")

    @property
    def text(self) -> str:
        """The sentence, in the language of this request."""
        return _(_ROWS[self.code][0]).format(**self._gaps)

    @property
    def todo(self) -> str:
        """What to do."""
        return _(_ROWS[self.code][1]).format(**self._gaps)
