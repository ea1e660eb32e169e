"""Checks for the practice of the chapters: no marks, but a hint that names the mistake.

Each check runs the reader's function on numbers on which the usual mistakes show (T, B, D, H all
different, states that are not zero), and compares the result with the right one and with what
each usual mistake would give. The module of a check has the name of its chapter.
"""

from lstm_lesson.practice.article_as_code import check_slips
from lstm_lesson.practice.frameworks import check_from_onnx, check_to_keras
from lstm_lesson.practice.gradient_checking import check_my_test
from lstm_lesson.practice.gradient_roads import check_influence
from lstm_lesson.practice.making_it_fast import check_fast_forward
from lstm_lesson.practice.real_series import check_pipeline
from lstm_lesson.practice.small_tasks import check_adding_loss, check_adding_training, check_draw
from lstm_lesson.practice.step1_weights import check_init
from lstm_lesson.practice.step2_gates import check_gates
from lstm_lesson.practice.step3_states import check_forward
from lstm_lesson.practice.step4_gradients_loss import check_class_grad, check_loss_grad
from lstm_lesson.practice.step4_gradients_nodes import check_step_backward
from lstm_lesson.practice.step4_gradients_time import check_bptt
from lstm_lesson.practice.step4_gradients_weights import check_grads
from lstm_lesson.practice.updating import check_clipped_step, check_tbptt
from lstm_lesson.practice.vanishing_gradients import check_chain, check_jacobian
from lstm_lesson.practice.variants import check_gru_backward, check_gru_step
from lstm_lesson.practice.verdict import Verdict
from lstm_lesson.practice.why_a_memory import check_memory

__all__ = [
    "Verdict",
    "check_adding_loss",
    "check_adding_training",
    "check_bptt",
    "check_chain",
    "check_class_grad",
    "check_clipped_step",
    "check_draw",
    "check_fast_forward",
    "check_forward",
    "check_from_onnx",
    "check_gates",
    "check_grads",
    "check_gru_backward",
    "check_gru_step",
    "check_influence",
    "check_init",
    "check_jacobian",
    "check_loss_grad",
    "check_memory",
    "check_my_test",
    "check_pipeline",
    "check_slips",
    "check_step_backward",
    "check_tbptt",
    "check_to_keras",
]
