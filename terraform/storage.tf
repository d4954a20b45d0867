resource "google_storage_bucket" "images" {
  project                     = var.project_id
  name                        = "${var.project_id}-${var.name}-images"
  location                    = var.region
  labels                      = local.labels
  storage_class               = "STANDARD"
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = !var.deletion_protection

  # An image is named by its bytes and never written over: there is nothing to keep versions of.
  versioning {
    enabled = false
  }

  # What was deleted by mistake can be had back for a week.
  soft_delete_policy {
    retention_duration_seconds = 604800
  }

  # No lifecycle rule: a record must never outlive its image, and records do not expire.

  dynamic "encryption" {
    for_each = var.kms_key_name == null ? [] : [var.kms_key_name]
    content {
      default_kms_key_name = encryption.value
    }
  }

  depends_on = [google_project_service.this, google_kms_crypto_key_iam_member.agent]
}

# Each role is on the bucket with a condition on the areas. The bucket itself is in it for what is asked of no object:
# to list names, without which a missing object looks like a forbidden one, and which permissions there are
# (/health/ready). An object is created and read by its own name alone.
resource "google_storage_bucket_iam_member" "objects" {
  for_each = merge([
    for name, function in local.functions : {
      for verb, areas in { reads = function.reads, creates = function.creates } :
      "${name}/${verb}" => { function = name, verb = verb, areas = areas } if length(areas) > 0
    }
  ]...)

  bucket = google_storage_bucket.images.name
  role   = { reads = "roles/storage.objectViewer", creates = "roles/storage.objectCreator" }[each.value.verb]
  member = google_service_account.function[each.value.function].member

  condition {
    title       = "${join(" and ", each.value.areas)} only"
    description = "What ${each.value.function} ${each.value.verb}"
    expression = join(" || ", concat(
      ["resource.name == \"projects/_/buckets/${google_storage_bucket.images.name}\""],
      [
        for area in each.value.areas :
        "resource.name.startsWith(\"projects/_/buckets/${google_storage_bucket.images.name}/objects/${local.areas[area]}\")"
      ],
    ))
  }
}

# A link is signed by the function's own account through the IAM API: there is no key that could be lost. Who signs
# must be allowed what is signed, which is the grant above.
resource "google_service_account_iam_member" "sign" {
  for_each = toset([for name, function in local.functions : name if function.signs])

  service_account_id = google_service_account.function[each.key].name
  role               = "roles/iam.serviceAccountTokenCreator"
  member             = google_service_account.function[each.key].member
}

# The agents that encrypt and decrypt with the key for us.
resource "google_kms_crypto_key_iam_member" "agent" {
  for_each = { for name in ["firestore", "pubsub", "storage"] : name => local.agents[name] if var.kms_key_name != null }

  crypto_key_id = var.kms_key_name
  role          = "roles/cloudkms.cryptoKeyEncrypterDecrypter"
  member        = each.value
}
