"""What can go wrong, as a user is told it.

Every error carries a message that says what happened and what to do about it,
and the exit code with which the command line ends.
"""


class FaqBotError(Exception):
    """Base of all errors of this package; its text is written for the user."""

    exit_code = 1


class QuestionError(FaqBotError):
    """The question cannot be asked: it is empty, too long or names an unknown article."""

    exit_code = 2


class QuestionTooLongError(QuestionError):
    """The question is longer than the settings allow."""


class UnknownArticleError(QuestionError):
    """The question names an article that is not in the index."""


class BusyError(FaqBotError):
    """So many questions are being answered that no more are taken for the moment."""

    def __init__(self) -> None:
        super().__init__("Very many are asking right now. Try again in a few seconds.")


class ArticleError(FaqBotError):
    """An article file cannot be read or contradicts another one."""

    exit_code = 3


class FetchError(ArticleError):
    """A page cannot be fetched, or must not be."""


class PageGoneError(FetchError):
    """A page is no longer there."""


class IndexFilesError(FaqBotError):
    """The index directory is missing, damaged, foreign, stale or not writable."""

    exit_code = 4


class IndexMissingError(IndexFilesError):
    """There is no index in the directory."""


class IndexStaleError(IndexFilesError):
    """The index is whole but was made from other articles or by another model."""


class ModelError(FaqBotError):
    """The embedding model cannot be found, decoded or loaded."""

    exit_code = 5


class ServerError(FaqBotError):
    """The web server cannot start."""

    exit_code = 6


class QueueError(FaqBotError):
    """The database of readers' questions cannot be used, or there is no such question in it."""

    exit_code = 7


class QueueFullError(QueueError):
    """So many questions wait for an editor that no more are taken."""


class StaleDraftError(QueueError):
    """Somebody else, `editor`, has changed the answer that was to be changed."""

    def __init__(self, editor: str) -> None:
        super().__init__(f"{editor} has changed this answer in the meantime.")
        self.editor = editor


class AccountError(FaqBotError):
    """There is no such editor, or the name or password cannot be used."""

    exit_code = 8


class LabelledSetError(FaqBotError):
    """A file of labelled questions cannot be read or does not fit the index."""

    exit_code = 3
