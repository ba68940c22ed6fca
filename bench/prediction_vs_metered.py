"""Predicted against metered CPU time, for building each candidate and for each request.

    python bench/prediction_vs_metered.py tests/workloads/banking77.yaml --only tfidf-logreg,tfidf-svm > out.json

Prints one JSON object: machine, date, and for every candidate the predicted and metered seconds with their ratio, the
share within 2x, and Kendall's tau over candidates. Requests are answered in the answerer's own batches.
"""
