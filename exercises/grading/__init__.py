"""Graded exercises: cells drawn from a family, notebooks made for them, and what grades them.

`family` draws a cell, `notebooks` prints it for a student, `grade` compares what the student's
code returns with what the cell itself gives. Student code runs only through a `launch.Launch`, in
a process of its own that holds nothing but numpy and the arguments.
"""
