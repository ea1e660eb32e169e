"""Graded exercises: cells drawn from a family, notebooks made for them, and what grades them.

Four rooms, each of which imports the ones before it alone:

    cells      the family, its gradients, and what typical mistakes give
    sandbox    how a student's function is called: a process with numpy and the arguments alone
    judge      one submission: what came back is compared with what the cell itself gives
    course     notebooks out, submissions in, marks and feedback

What is asked in each assignment is in the package `assignments`, beside its text.
"""
