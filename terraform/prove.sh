#!/usr/bin/env bash
# Usage: terraform/prove.sh PROJECT [REGION]
# Proves on a real project, which should hold nothing else, what no check without one can: the first apply works, the
# second changes nothing, an image is classified, a changed jar changes one function, and destroy leaves nothing.
# Needs gcloud with the rights of an owner, application default credentials, Terraform, Maven, curl, openssl. It costs a few
# units of Vision, and deletes what it made also when a step fails. State is kept in a folder that goes with it.
set -euo pipefail
cd "$(dirname "$0")/.."

project=${1:?the id of a project that may be emptied}
region=${2:-europe-west1}
caller=$(gcloud config get-value account 2>/dev/null)
work=$(mktemp -d)
copy=$work/tree/terraform

echo "== build"
mvn -q -B -ntp package -DskipTests
# A copy of what Terraform reads, so that neither its state nor a lock file comes into the project.
indexes=shared/domain/src/main/resources/dev/whatsit/domain/document
mkdir -p "$work/tree/$indexes"
cp -R terraform "$copy"
rm -rf "$copy/.terraform"
cp "$indexes/firestore.indexes.json" "$work/tree/$indexes/"
for zip in functions/*/target/*.zip; do
  mkdir -p "$work/tree/$(dirname "$zip")"
  cp "$zip" "$work/tree/$zip"
done
cat >"$copy/prove_override.tf" <<'TF'
terraform {
  backend "local" {}
}
TF

# A short name of its own, since names of deleted databases and buckets may not be free at once.
name=prove-$(date +%H%M%S)
settings=(-var="project_id=$project" -var="region=$region" -var="name=$name" -var=deletion_protection=false
  -var="invoker_members=[\"$([[ $caller == *gserviceaccount.com ]] && echo serviceAccount || echo user):$caller\"]"
  -var='classifier={monthly_limit=20}')
tf() { terraform -chdir="$copy" "$@"; }

tidy() {
  answer=$?
  echo "== destroy"
  if tf destroy -auto-approve -input=false "${settings[@]}"; then
    rm -rf "$work"
  else
    echo "NOT EVERYTHING WAS DESTROYED. The state is in $copy; it costs until it is gone." >&2
    answer=1
  fi
  exit "$answer"
}

gcloud services enable --project="$project" serviceusage.googleapis.com cloudresourcemanager.googleapis.com iam.googleapis.com pubsub.googleapis.com storage.googleapis.com
gcloud beta services identity create --project="$project" --service=pubsub.googleapis.com >/dev/null
tf init -input=false
trap tidy EXIT

echo "== what callbacks are signed with, before the function that reads it"
tf apply -auto-approve -input=false -target='google_secret_manager_secret.this["callback-secrets"]' "${settings[@]}"
printf 'whsec_%s' "$(openssl rand -base64 32)" | gcloud secrets versions add "$name-callback-secrets" --project="$project" --data-file=-

echo "== first apply"
tf apply -auto-approve -input=false "${settings[@]}"

echo "== second apply: nothing may change"
tf plan -detailed-exitcode -input=false "${settings[@]}"

token() { gcloud auth print-identity-token; }
api=$(tf output -json api)
upload=$(sed 's/.*"upload":"\([^"]*\)".*/\1/' <<<"$api")
status=$(sed 's/.*"status":"\([^"]*\)".*/\1/' <<<"$api")

echo "== nobody gets in without saying who"
answer=$(curl -s -o /dev/null -w '%{http_code}' "$status/health/live")
[ "$answer" = 403 ] || { echo "expected 403 without a token, got $answer" >&2; exit 1; }

echo "== the sample photo"
sent=
for _ in $(seq 1 12); do # grants take up to two minutes
  sent=$(curl -fsS --data-binary @local/samples/cat.jpg -H 'Content-Type: image/jpeg' -H "Authorization: Bearer $(token)" "$upload") && break
  sleep 10
done
hash=$(sed -n 's/.*"image_hash":"\([0-9a-f]\{64\}\)".*/\1/p' <<<"$sent")
[ -n "$hash" ] || { echo "no image_hash in: $sent" >&2; exit 1; }
for _ in $(seq 1 60); do
  found=$(curl -fsS -H "Authorization: Bearer $(token)" "$status/$hash")
  grep -q '"status":"\(success\|error\)"' <<<"$found" && break
  sleep 2
done
grep -qi '"label":"cat"' <<<"$found" || { echo "no cat in: $found" >&2; exit 1; }
link=$(sed -n 's/.*"image_url":"\([^"]*\)".*/\1/p' <<<"$found" | sed 's/\\u0026/\&/g; s/\\u003d/=/g')
curl -fsS "$link" | cmp - local/samples/cat.jpg

echo "== a message that nobody can read becomes a dead letter"
gcloud pubsub topics publish "$name-work" --project="$project" --attribute=image_hash=nonsense >/dev/null
letter=
for _ in $(seq 1 30); do
  letter=$(gcloud pubsub subscriptions pull "$name-dead-letters-kept" --project="$project" --limit=1 --format='value(message.attributes.dead_letter_reason)')
  [ -n "$letter" ] && break
  sleep 5
done
[ -n "$letter" ] || { echo "no dead letter arrived" >&2; exit 1; }
echo "   $letter"

echo "== another jar of one function changes that function and no other"
# An entry more in the zip: other bytes, the same code.
printf 'proof\n' >"$work/proof.txt"
(cd "$work" && zip -q "$work/tree/functions/control/target/whatsit-control.zip" proof.txt)
tf plan -input=false -out="$work/redeploy.plan" "${settings[@]}"
changed=$(tf show -no-color "$work/redeploy.plan" | sed -n 's/^ *# \(.*\) \(will\|must\) be .*/\1/p' | sort)
wanted='module.function["control"].google_cloudfunctions2_function.this
module.function["control"].google_storage_bucket_object.source'
[ "$changed" = "$wanted" ] || { printf 'changes, beside what was wanted:\n%s\n' "$changed" >&2; exit 1; }
tf apply -input=false "$work/redeploy.plan"

echo "== proved; what is left is to destroy it"
