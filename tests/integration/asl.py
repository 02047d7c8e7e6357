"""As much of Amazon States Language as our state machines use, run in process.

It reads the very file that is deployed, so that a step's input and output are proven against what the functions take and give.
Retriers are left out: a task is asked once, and what it raises goes to the catchers.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

type Data = dict[str, Any]
type Task = Callable[[Any, Any], Any]


class ExecutionFailed(Exception):
    """The execution ended in a Fail state."""

    def __init__(self, error: str, cause: str) -> None:
        self.error, self.cause = error, cause
        super().__init__(f"{error}: {cause}")


class StateMachine:
    """A definition with its substitutions: `tasks` by the name that stands in `Resource`."""

    def __init__(
        self,
        definition: Data,
        tasks: Mapping[str, Task],
        values: Mapping[str, str],
        context: Callable[[], Any],
    ) -> None:
        self._definition = definition
        self._tasks = tasks
        self._values = values
        self._context = context
        self.visited: list[str] = []

    def run(self, execution: str) -> Any:
        """The output of an execution that succeeds; raises ExecutionFailed."""
        return self._walk(self._definition, {}, {"Execution": {"Id": execution}})

    def _walk(self, machine: Data, data: Any, context: Data) -> Any:
        name: str | None = machine["StartAt"]
        while name is not None:
            state = machine["States"][name]
            self.visited.append(name)
            data, name = self._step(state, data, context)
        return data

    def _step(self, state: Data, data: Any, context: Data) -> tuple[Any, str | None]:
        kind = state["Type"]
        if kind == "Choice":
            return data, _choose(state, data)
        if kind == "Succeed":
            return _path(state.get("OutputPath", "$"), data, context), None
        if kind == "Fail":
            error = state.get("Error") or _path(state["ErrorPath"], data, context)
            raise ExecutionFailed(error, _path(state["CausePath"], data, context))
        given = self._fill(state["Parameters"], data, context) if "Parameters" in state else data
        try:
            result = state.get("Result", given) if kind == "Pass" else self._work(state, given, data, context)
        except Exception as error:
            for catcher in state.get("Catch", ()):
                if {type(error).__name__, "States.ALL"} & set(catcher["ErrorEquals"]):
                    cause = json.dumps({"errorMessage": str(error), "errorType": type(error).__name__})
                    failure = {"Error": type(error).__name__, "Cause": cause}
                    return _placed(catcher.get("ResultPath", "$"), data, failure), catcher["Next"]
            raise
        data = _placed(state.get("ResultPath", "$"), data, result)
        return _path(state.get("OutputPath", "$"), data, context), state.get("Next")

    def _work(self, state: Data, given: Any, data: Any, context: Data) -> Any:
        if state["Type"] == "Task":
            task = self._tasks[state["Resource"].removeprefix("${").removesuffix("}")]
            # Through JSON and back, as between Lambda and Step Functions.
            return json.loads(json.dumps(task(json.loads(json.dumps(given)), self._context())))
        assert state["Type"] == "Map"
        most = state.get("MaxConcurrency") or _path(state["MaxConcurrencyPath"], data, context)
        assert isinstance(most, int)
        return [
            self._walk(
                state["ItemProcessor"],
                self._fill(state["ItemSelector"], data, {**context, "Map": {"Item": {"Value": item}}}),
                context,
            )
            for item in _path(state["ItemsPath"], data, context)
        ]

    def _fill(self, template: Any, data: Any, context: Data) -> Any:
        if isinstance(template, dict):
            return {
                key.removesuffix(".$"): self._read(value, data, context)
                if key.endswith(".$")
                else self._fill(value, data, context)
                for key, value in template.items()
            }
        return template

    def _read(self, expression: str, data: Any, context: Data) -> Any:
        call = re.fullmatch(r"States\.StringToJson\((.+)\)", expression)
        if call is None:
            return _path(expression, data, context)
        argument = call[1]
        if argument.startswith("'${"):
            return json.loads(self._values[argument[3:-2]])
        return json.loads(_path(argument, data, context))


def _choose(state: Data, data: Any) -> str:
    for rule in state["Choices"]:
        value: Any = data
        for name in rule["Variable"].removeprefix("$.").split("."):
            value = value[name] if isinstance(value, dict) and name in value else None
        if value is not None and value in (rule.get("StringEquals"), rule.get("BooleanEquals")):
            return str(rule["Next"])
    return str(state["Default"])


def _path(path: str | None, data: Any, context: Data) -> Any:
    if path is None:
        return {}
    value: Any = context if path.startswith("$$") else data
    for name in path.lstrip("$").strip(".").split("."):
        value = value[name] if name else value
    return value


def _placed(path: str | None, data: Any, result: Any) -> Any:
    if path is None:
        return data
    if path == "$":
        return result
    return {**data, path.removeprefix("$."): result}
