#!/usr/bin/env bash
# Usage: terraform/check.sh
# fmt, validate and test of this folder and its examples, without credentials and without touching a project.
# Needs Terraform 1.9 or newer, and the provider: from the registry, or from where a CLI configuration says.
# TERRAFORM_CHECK names a program that does the same for a folder in another way, for example without a network,
# and exits with 3 where there is no terraform.
#
# Exit 0: all held. 1: something did not. 3: no terraform here. 4: no provider to be had. Never 0 for nothing.
set -euo pipefail
cd "$(dirname "$0")"

if [ -n "${TERRAFORM_CHECK:-}" ]; then
  answer=0
  "$TERRAFORM_CHECK" "$PWD" || answer=$?
  case $answer in
    0 | 3) exit "$answer" ;;
    *) exit 1 ;;
  esac
fi

if ! command -v terraform >/dev/null; then
  echo "TERRAFORM WAS NOT CHECKED: terraform is not on the PATH." >&2
  exit 3
fi

export TF_IN_AUTOMATION=1 TF_INPUT=0 CHECKPOINT_DISABLE=1
TF_DATA_DIR=$(mktemp -d)
export TF_DATA_DIR
lock=$([ -e .terraform.lock.hcl ] && echo kept || echo absent)
tidy() {
  rm -rf "$TF_DATA_DIR"
  # Which versions a project runs is for its operator to decide; a check leaves no lock file behind.
  [ "$lock" = kept ] || rm -f .terraform.lock.hcl
}
trap tidy EXIT

echo "== terraform fmt"
# Its exit code for a file that is not formatted is 3, which here means no terraform.
terraform fmt -check -recursive -diff || exit 1

echo "== terraform init"
if ! terraform init -backend=false -no-color >"$TF_DATA_DIR/init.log" 2>&1; then
  cat "$TF_DATA_DIR/init.log" >&2
  echo "TERRAFORM WAS NOT CHECKED: the provider or a module could not be had (above)." >&2
  exit 4
fi

echo "== terraform validate"
terraform validate -no-color

echo "== terraform test"
tests=$(find tests -name '*.tftest.hcl' | wc -l)
[ "$tests" -ge 1 ] || { echo "there are no tests to run" >&2; exit 1; }
terraform test -no-color
