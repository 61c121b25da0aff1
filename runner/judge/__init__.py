"""A verdict on what already ran: fitted estimators, searches, studies, predictions."""
