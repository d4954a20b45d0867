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

resource "google_storage_bucket_iam_member" "images" {
  for_each = { for name, function in local.functions : name => function.images if function.images != null }

  bucket = google_storage_bucket.images.name
  role   = each.value
  member = google_service_account.function[each.key].member
}

# Beside the originals that it reads, the function thumbnail writes its own objects and nothing else.
resource "google_storage_bucket_iam_member" "thumbnails" {
  bucket = google_storage_bucket.images.name
  role   = "roles/storage.objectCreator"
  member = google_service_account.function["thumbnail"].member

  condition {
    title      = "thumbnails"
    expression = "resource.name.startsWith(\"projects/_/buckets/${google_storage_bucket.images.name}/objects/thumbnails/\")"
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
