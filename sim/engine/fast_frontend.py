"""Numba's front end without its back end: half of the time, by private parts of Numba.

Where they fail, `frontend.py` uses the public ones.
"""

from __future__ import annotations

from typing import Any

from numba.core import codegen, compiler, compiler_machinery
from numba.np.arrayobj import get_cfarray_intrinsic

from sim.model.register import MODULE

# Numba's passes for functions within functions and for whole arrays, which no shipped rule has.
FOR_USERS = {"inline_closure_likes", "inline_overloads", "nopython_rewrites"}


# Numba would also optimise each function with all that it calls, make machine code of it and load
# it, in case Python calls it. No rule is called so: LLVM optimises all of them at once, later.
class Library(codegen.JITCodeLibrary):
    def _optimize_functions(self, ll_module: Any) -> None:
        pass

    def finalize(self) -> None:
        self._finalized = True

    def _get_module_for_linking(self) -> Any:
        return self._final_module

    def get_llvm_str(self) -> str:
        whole = self._final_module.clone()
        linked = set()

        def link(library: Any) -> None:
            for other in library._linking_libraries:
                if other not in linked:
                    linked.add(other)
                    whole.link_in(other._get_module_for_linking(), preserve=True)
                    link(other)

        link(self)
        return str(whole)


class Passes(compiler_machinery.PassManager):
    """Numba's passes, after which a function is found without machine code."""

    def run(self, state: Any) -> None:
        super().run(state)
        # Numba finds a function by the built-in one that Python would call: any of its own will do.
        state.cr = state.cr._replace(entry_point=state.library.__reduce__)
        state.targetctx.insert_user_function(state.cr.entry_point, state.cr.fndesc, [state.library])


class Compiler(compiler.CompilerBase):
    def define_pipelines(self) -> list[Passes]:
        state = self.state
        state.flags.no_compile = True
        state.library = Library(state.targetctx.codegen(), state.func_id.func_qualname)
        unneeded = set() if state.func_id.modname.startswith(f"{MODULE}.") else FOR_USERS
        usual = compiler.DefaultPassBuilder.define_nopython_pipeline(state)
        passes = Passes(usual.pipeline_name)
        passes.passes = [step for step in usual.passes if step[0].name() not in unneeded]
        passes.finalize()
        return [passes]


# Numba's function of this name, in line.
carray = get_cfarray_intrinsic("C", None)

OPTIONS: dict[str, Any] = {
    # Only LLVM calls the compiled code.
    "no_cpython_wrapper": True,
    "no_cfunc_wrapper": True,
    "pipeline_class": Compiler,
}
