"""Every sentence that a user reads about an assessment, in the languages of ``advisor.i18n``.

Report, command line and window say the same thing in the same words because they all call these functions.
Codes and numbers come in, text goes out; nothing here computes, decides or lays out.
"""
