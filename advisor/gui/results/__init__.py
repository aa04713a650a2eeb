"""The results dashboard: one assessment, explained. It arranges and draws; every rule, figure and sentence comes
from the rooms before it.
"""
