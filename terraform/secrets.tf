# Secrets that functions read, from the table in locals.tf: what callbacks are signed with. Links are signed without a key.
# A value is added with `gcloud secrets versions add`, never through Terraform, so that no state ever holds it.
resource "google_secret_manager_secret" "this" {
  for_each = local.secrets

  project   = var.project_id
  secret_id = "${var.name}-${each.value}"
  labels    = local.labels

  replication {
    user_managed {
      replicas {
        location = var.region
      }
    }
  }

  depends_on = [google_project_service.this]
}

# Made long before the function is: a deployment is refused as long as the grant has not arrived, which takes minutes.
resource "google_secret_manager_secret_iam_member" "function" {
  for_each = merge([
    for name, function in local.functions : { for secret in values(function.secrets) : "${name}/${secret}" => { function = name, secret = secret } }
  ]...)

  project   = var.project_id
  secret_id = google_secret_manager_secret.this[each.value.secret].secret_id
  role      = "roles/secretmanager.secretAccessor"
  member    = google_service_account.function[each.value.function].member
}
