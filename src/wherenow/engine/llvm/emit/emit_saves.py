"""Saved steps in LLVM IR: values that only outputs need are computed, stored, checked, and streamed if requested."""

from __future__ import annotations

from wherenow.engine.backend import LINE
from wherenow.engine.llvm.emit.emit_nodes import Values
from wherenow.engine.llvm.emit.emit_writer import Vector

TOGETHER = 64
"""Maximum number of values stored in one basic block: LLVM's time grows with its square."""
CHAINS = 4
"""Parallel sums that check saved values: in a single sum, each would wait for the previous one."""
SAVES_AHEAD = 4
"""Saved steps by which memory is prefetched before writing."""


class Saving(Values):
    """The part of a kernel that runs at saved steps."""

    def save(self) -> tuple[str, str, str]:
        """Emit a saved step: compute and store outputs; return the next pointer, countdown and flag."""
        w, program, t = self.w, self.program, self.w.type("double")
        outer = self.values
        self.values = dict(outer)
        before = w.block
        w.line("%saves = icmp eq i64 %until_save, 0")
        w.line("br i1 %saves, label %save, label %saved")
        w.begin("save")
        flag = self.save_outputs()
        self.fetch()
        self.read()
        w.line("%save_pointer_moved = getelementptr inbounds double, ptr %save_pointer, i64 %save_stride")
        inside = w.block
        w.line("br label %saved")
        w.begin("saved")
        w.line(f"%save_pointer_next = phi ptr [ %save_pointer, %{before} ], [ %save_pointer_moved, %{inside} ]")
        w.line(f"%until_reset = phi i64 [ %until_save, %{before} ], [ {program.time.save_every}, %{inside} ]")
        w.line(f"%flag_next = phi {t} [ %flag, %{before} ], [ {flag.text}, %{inside} ]")
        w.line("%until_next = sub i64 %until_reset, 1")
        self.values = outer
        return "%save_pointer_next", "%until_next", "%flag_next"

    def save_outputs(self) -> Vector:
        """Emit and store the outputs, and return the flag, NaN if an output is not finite."""
        w, program = self.w, self.program
        self.compute_all([p for p in self.cone(o.node for o in program.outputs) if p not in self.values])
        pointer, checks = "%save_pointer", [Vector(w, "%flag", "double"), *[w.vector(0.0, "double")] * (CHAINS - 1)]
        for i, output in enumerate(program.outputs):
            if i:
                pointer = w.offset(pointer, "%output_stride")
            if i % TOGETHER == TOGETHER - 1:
                w.split("%saves")
            value = self.value(output.node)
            if value.kind == "i1":
                value = self.m.select(value, 1.0, 0.0)
            w.store(value, pointer)
            checks[i % CHAINS] = self.m.fma(value, 0.0, checks[i % CHAINS])  # stays 0 as long as all values are finite
        flag = checks[0]
        for check in checks[1 : len(program.outputs)]:
            flag = flag + check
        return flag

    def fetch(self) -> None:
        """Prefetch the cache lines of later saved steps, because stores would otherwise wait for memory.

        This is not needed if all steps write to the same place.
        """
        w = self.w
        if self.width == 1:  # a single run writes consecutive addresses, which the hardware prefetches
            return
        w.module.declare("@llvm.prefetch.p0", "void {}(ptr, i32, i32, i32)")
        w.line("%moves_on = icmp ne i64 %save_stride, 0")
        w.line("br i1 %moves_on, label %fetch, label %fetched")
        w.begin("fetch")
        pointer = w.offset("%save_pointer", w.scalar(f"mul i64 %save_stride, {SAVES_AHEAD}"))
        for i in range(len(self.program.outputs)):
            if i:
                pointer = w.offset(pointer, "%output_stride")
            if i % TOGETHER == TOGETHER - 1:
                w.split("%moves_on")
            for lane in range(0, self.width, LINE):
                line = pointer if lane == 0 else w.offset(pointer, str(lane))
                w.line(f"call void @llvm.prefetch.p0(ptr {line}, i32 1, i32 3, i32 1)")
        w.line("br label %fetched")
        w.begin("fetched")

    def read(self) -> None:
        """Call the stream reader on the saved values, at steps with instructions."""
        w = self.w
        w.line("%reads = icmp ne ptr %read, null")
        w.line("br i1 %reads, label %look, label %was_read")
        w.begin("look")
        first, last = (
            w.scalar(f"load i64, ptr {w.offset('%reading_starts', k)}, align 8")
            for k in (self.step, w.scalar(f"add i64 {self.step}, 1"))
        )
        w.line(f"%instructed = icmp slt i64 {first}, {last}")
        w.line("br i1 %instructed, label %reading, label %was_read")
        w.begin("reading")
        w.line(f"call void %read(ptr %reading_table, i64 {first}, i64 {last}, ptr %group_out, i64 %output_stride)")
        w.line("br label %was_read")
        w.begin("was_read")
