"""The inverse of a matrix in every lane, as one LLVM function of loops: its code does not grow with the matrix."""

from __future__ import annotations

from wherenow.engine.llvm.emit.emit_writer import Module

_TEXT = """define internal void {name}(ptr %work, i64 %n) noinline nounwind {{
entry:
  %row = shl i64 %n, 1
  br label %column
column:
  %c = phi i64 [ 0, %entry ], [ %c_next, %eliminated ]
  %c_place = mul i64 %c, %row
  %c_row = getelementptr {t}, ptr %work, i64 %c_place
  %c_lead = getelementptr {t}, ptr %c_row, i64 %c
  %c_next = add i64 %c, 1
  %below = icmp ult i64 %c_next, %n
  br i1 %below, label %compare, label %divide
compare:
  %r = phi i64 [ %c_next, %column ], [ %r_next, %exchanged ]
  %r_place = mul i64 %r, %row
  %r_row = getelementptr {t}, ptr %work, i64 %r_place
  %r_lead = getelementptr {t}, ptr %r_row, i64 %c
  %a = load {t}, ptr %c_lead, align 8
  %b = load {t}, ptr %r_lead, align 8
  %a_size = call {t} @llvm.fabs.v{w}f64({t} %a)
  %b_size = call {t} @llvm.fabs.v{w}f64({t} %b)
  %larger = fcmp olt {t} %a_size, %b_size
  br label %exchange
exchange:
  %k = phi i64 [ 0, %compare ], [ %k_next, %exchange ]
  %upper = getelementptr {t}, ptr %c_row, i64 %k
  %lower = getelementptr {t}, ptr %r_row, i64 %k
  %x = load {t}, ptr %upper, align 8
  %y = load {t}, ptr %lower, align 8
  %up = select <{w} x i1> %larger, {t} %y, {t} %x
  %down = select <{w} x i1> %larger, {t} %x, {t} %y
  store {t} %up, ptr %upper, align 8
  store {t} %down, ptr %lower, align 8
  %k_next = add i64 %k, 1
  %k_more = icmp ult i64 %k_next, %row
  br i1 %k_more, label %exchange, label %exchanged
exchanged:
  %r_next = add i64 %r, 1
  %r_more = icmp ult i64 %r_next, %n
  br i1 %r_more, label %compare, label %divide
divide:
  %pivot = load {t}, ptr %c_lead, align 8
  br label %quotient
quotient:
  %q = phi i64 [ 0, %divide ], [ %q_next, %quotient ]
  %q_at = getelementptr {t}, ptr %c_row, i64 %q
  %whole = load {t}, ptr %q_at, align 8
  %part = fdiv {t} %whole, %pivot
  store {t} %part, ptr %q_at, align 8
  %q_next = add i64 %q, 1
  %q_more = icmp ult i64 %q_next, %row
  br i1 %q_more, label %quotient, label %other
other:
  %s = phi i64 [ 0, %quotient ], [ %s_next, %reduced ]
  %same = icmp eq i64 %s, %c
  br i1 %same, label %reduced, label %factor
factor:
  %s_place = mul i64 %s, %row
  %s_row = getelementptr {t}, ptr %work, i64 %s_place
  %s_lead = getelementptr {t}, ptr %s_row, i64 %c
  %times = load {t}, ptr %s_lead, align 8
  br label %reduce
reduce:
  %m = phi i64 [ 0, %factor ], [ %m_next, %reduce ]
  %m_at = getelementptr {t}, ptr %s_row, i64 %m
  %m_by = getelementptr {t}, ptr %c_row, i64 %m
  %before = load {t}, ptr %m_at, align 8
  %unit = load {t}, ptr %m_by, align 8
  %taken = fmul {t} %times, %unit
  %after = fsub {t} %before, %taken
  store {t} %after, ptr %m_at, align 8
  %m_next = add i64 %m, 1
  %m_more = icmp ult i64 %m_next, %row
  br i1 %m_more, label %reduce, label %reduced
reduced:
  %s_next = add i64 %s, 1
  %s_more = icmp ult i64 %s_next, %n
  br i1 %s_more, label %other, label %eliminated
eliminated:
  br i1 %below, label %column, label %done
done:
  ret void
}}"""


def inverse_function(module: Module) -> str:
    """Return the name of the function that turns ``[A | I]``, n rows of 2n vectors, into ``[I | A⁻¹]`` in place.

    The same operations in the same order as :func:`wherenow.engine.evaluate.inverse`.
    """
    t, width = f"<{module.width} x double>", module.width
    module.declare(f"@llvm.fabs.v{width}f64", f"{t} {{}}({t})")
    return module.once("inverse", "inverse", lambda name: module.add(_TEXT.format(name=name, t=t, w=width)))
