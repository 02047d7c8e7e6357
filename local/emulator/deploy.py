"""Deploying the built template to the emulator, as `sam deploy` does to AWS: package, create or update, wait.

The emulator applies the SAM transform to the parameters' defaults and ignores overrides, so the values are written into
the defaults of the template that it gets.
"""

import hashlib
import io
import json
import time
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from botocore.exceptions import ClientError

from local.emulator.server import ACCOUNT, REGION, Emulator
from tools.problems import LocalProblem

STACK = "vaxcert"
# Where packages go; `sam deploy` calls its own bucket something else.
_ARTIFACTS = "vaxcert-local-artifacts"
_PACKAGED = ("CodeUri", "ContentUri", "DefinitionUri")
_DEPLOY_SECONDS = 300
# Zip archives carry times; a fixed one makes the same files the same archive.
_EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Deployed:
    """A stack that is up."""

    outputs: Mapping[str, str]
    resources: Mapping[str, str]
    processed: Mapping[str, Any]

    @property
    def names(self) -> dict[str, str]:
        """What `Ref` gives: parameters, resources, and the pseudo parameters that are the same everywhere here."""
        parameters = self.processed.get("Parameters") or {}
        defaults = {
            name: str(declared["Default"]) for name, declared in parameters.items() if "Default" in declared
        }
        return {
            "AWS::Region": REGION,
            "AWS::AccountId": ACCOUNT,
            "AWS::StackName": STACK,
            **self.resources,
            **defaults,
        }

    def resource(self, logical_id: str) -> str:
        """The physical id of a resource of the template.

        :raises LocalProblem: the template has none of this name
        """
        try:
            return self.resources[logical_id]
        except KeyError:
            raise LocalProblem(
                f"template.yaml has no resource {logical_id}, which local/ stands on"
            ) from None


def deploy(emulator: Emulator, built: Path, parameters: Mapping[str, str]) -> Deployed:
    """Bring the emulator to what the built template says.

    :raises LocalProblem: an unknown parameter, or a resource that could not be made, with its reason
    """
    template = read_yaml((built / "template.yaml").read_text(encoding="utf-8"))
    set_defaults(template, parameters)
    store = emulator.client("s3")
    _ensure_bucket(store)
    for resource in template["Resources"].values():
        properties = resource.get("Properties") or {}
        for name in _PACKAGED:
            if isinstance(properties.get(name), str):
                properties[name] = _upload(store, built / properties[name])
    key = _put(store, json.dumps(template).encode(), ".json")
    _apply(emulator, f"{emulator.url}/{_ARTIFACTS}/{key}")
    return describe(emulator)


def read_yaml(text: str) -> Any:
    """What YAML (or JSON, which is YAML) says. The template is long, and the loader that is written in C ten times as fast."""
    return yaml.load(text, Loader=yaml.CSafeLoader)


def set_defaults(template: dict[str, Any], parameters: Mapping[str, str]) -> None:
    """Write values into the defaults of a template's parameters.

    :raises LocalProblem: the template has no such parameter
    """
    declared = template.get("Parameters") or {}
    for name, value in parameters.items():
        if name not in declared:
            raise LocalProblem(
                f"template.yaml has no parameter {name}. It has: {', '.join(sorted(declared))}"
            )
        declared[name]["Default"] = value


def describe(emulator: Emulator) -> Deployed:
    """What is deployed now."""
    cloudformation = emulator.client("cloudformation")
    stack = cloudformation.describe_stacks(StackName=STACK)["Stacks"][0]
    listed = cloudformation.get_paginator("list_stack_resources").paginate(StackName=STACK)
    processed = cloudformation.get_template(StackName=STACK, TemplateStage="Processed")["TemplateBody"]
    return Deployed(
        outputs={output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", ())},
        resources={
            resource["LogicalResourceId"]: resource["PhysicalResourceId"]
            for page in listed
            for resource in page["StackResourceSummaries"]
            if resource.get("PhysicalResourceId")
        },
        processed=processed if isinstance(processed, dict) else read_yaml(processed),
    )


def _apply(emulator: Emulator, template_url: str) -> None:
    cloudformation = emulator.client("cloudformation")
    arguments = {
        "StackName": STACK,
        "TemplateURL": template_url,
        "Capabilities": ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
    }
    status = _status(cloudformation)
    if status == "ROLLBACK_COMPLETE" or (status and "CREATE_" in status and status != "CREATE_COMPLETE"):
        # A creation that failed cannot be updated.
        cloudformation.delete_stack(StackName=STACK)
        status = _settled(cloudformation)
    try:
        if status is None or status == "DELETE_COMPLETE":
            cloudformation.create_stack(**arguments)
        else:
            cloudformation.update_stack(**arguments)
    except ClientError as error:
        if "No updates" in str(error):
            return
        raise LocalProblem(f"The emulator refused the template: {error}") from error
    status = _settled(cloudformation)
    if status not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
        raise LocalProblem(f"The stack is {status}:\n{_reasons(cloudformation)}")


def _status(cloudformation: Any) -> str | None:
    try:
        stacks = cloudformation.describe_stacks(StackName=STACK)["Stacks"]
    except ClientError:
        return None
    return str(stacks[0]["StackStatus"])


def _settled(cloudformation: Any) -> str | None:
    deadline = time.monotonic() + _DEPLOY_SECONDS
    while time.monotonic() < deadline:
        status = _status(cloudformation)
        if status is None or not status.endswith("IN_PROGRESS"):
            return status
        time.sleep(0.1)
    raise LocalProblem(f"The stack was not settled after {_DEPLOY_SECONDS} s")


def _reasons(cloudformation: Any) -> str:
    events = cloudformation.describe_stack_events(StackName=STACK)["StackEvents"]
    return "\n".join(
        f"  {event['LogicalResourceId']}: {event.get('ResourceStatusReason', '')}"
        for event in reversed(events)
        if event["ResourceStatus"].endswith("FAILED")
    )


def _ensure_bucket(store: Any) -> None:
    try:
        store.create_bucket(Bucket=_ARTIFACTS, CreateBucketConfiguration={"LocationConstraint": REGION})
    except store.exceptions.BucketAlreadyOwnedByYou:
        return


def _upload(store: Any, path: Path) -> str:
    if path.is_dir():
        return f"s3://{_ARTIFACTS}/{_put(store, _zipped(path), '.zip')}"
    # CloudFormation reads a state machine in YAML too; the emulator reads JSON, which is YAML to begin with.
    definition = json.dumps(read_yaml(path.read_text(encoding="utf-8")), ensure_ascii=False)
    return f"s3://{_ARTIFACTS}/{_put(store, definition.encode(), '.json')}"


def _put(store: Any, body: bytes, suffix: str) -> str:
    """Store under its hash: what is there already is the same."""
    key = hashlib.sha256(body).hexdigest() + suffix
    try:
        store.head_object(Bucket=_ARTIFACTS, Key=key)
    except ClientError:
        store.put_object(Bucket=_ARTIFACTS, Key=key, Body=body)
    return key


def _zipped(folder: Path) -> bytes:
    buffer = io.BytesIO()
    # Stored, not deflated: it is unpacked on this machine at every cold start.
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.writestr(
                    zipfile.ZipInfo(path.relative_to(folder).as_posix(), _EPOCH), path.read_bytes()
                )
    return buffer.getvalue()
