locals {
  # Reads what a plan compares. securityReviewer is for the policies, which viewer does not see.
  plan_roles = toset(["roles/viewer", "roles/iam.securityReviewer"])

  # What an apply makes, changes and deletes. This identity can do nearly everything in the project, as whoever
  # applies by hand can; that is why only one protected environment gets it.
  apply_roles = toset([
    "roles/artifactregistry.admin",
    "roles/cloudfunctions.admin",
    "roles/cloudscheduler.admin",
    "roles/cloudtasks.admin",
    "roles/compute.loadBalancerAdmin",
    "roles/compute.securityAdmin",
    "roles/datastore.owner",
    "roles/iam.serviceAccountAdmin",
    "roles/iam.workloadIdentityPoolAdmin",
    "roles/iap.admin",
    "roles/logging.configWriter",
    "roles/monitoring.admin",
    "roles/pubsub.admin",
    "roles/resourcemanager.projectIamAdmin",
    "roles/run.admin",
    "roles/secretmanager.admin",
    "roles/serviceusage.serviceUsageAdmin",
    "roles/storage.admin",
  ])
}

resource "google_iam_workload_identity_pool" "this" {
  project                   = var.project_id
  workload_identity_pool_id = "${var.name}-github"
  display_name              = "GitHub Actions of ${var.name}"
  description               = "Workflows of ${var.repository}"
  disabled                  = false
}

resource "google_iam_workload_identity_pool_provider" "this" {
  project                            = var.project_id
  workload_identity_pool_id          = google_iam_workload_identity_pool.this.workload_identity_pool_id
  workload_identity_pool_provider_id = "github"
  display_name                       = "GitHub Actions"
  disabled                           = false

  # Everybody's workflows have tokens of this issuer. The numbers, since a name that is given up can be taken.
  attribute_condition = "assertion.repository_id == '${var.repository_id}' && assertion.repository_owner_id == '${var.owner_id}'"

  attribute_mapping = {
    "google.subject"          = "assertion.sub"
    "attribute.repository_id" = "assertion.repository_id"
  }

  oidc {
    issuer_uri = "https://token.actions.githubusercontent.com"
  }
}

resource "google_service_account" "plan" {
  project      = var.project_id
  account_id   = "${var.name}-gh-plan"
  display_name = "Plans ${var.name} for pull requests"
}

resource "google_service_account" "apply" {
  project      = var.project_id
  account_id   = "${var.name}-gh-apply"
  display_name = "Applies ${var.name} from its protected environment"
}

# Any workflow of the repository may plan.
resource "google_service_account_iam_member" "plan" {
  service_account_id = google_service_account.plan.name
  role               = "roles/iam.workloadIdentityUser"
  member             = "principalSet://iam.googleapis.com/${google_iam_workload_identity_pool.this.name}/attribute.repository_id/${var.repository_id}"
}

# Only a job in the environment may apply: GitHub writes the environment into the subject.
resource "google_service_account_iam_member" "apply" {
  service_account_id = google_service_account.apply.name
  role               = "roles/iam.workloadIdentityUser"
  member             = "principal://iam.googleapis.com/${google_iam_workload_identity_pool.this.name}/subject/repo:${var.repository}:environment:${var.environment}"
}

resource "google_project_iam_member" "plan" {
  for_each = local.plan_roles

  project = var.project_id
  role    = each.value
  member  = google_service_account.plan.member
}

resource "google_project_iam_member" "apply" {
  for_each = local.apply_roles

  project = var.project_id
  role    = each.value
  member  = google_service_account.apply.member
}

# A plan takes no lock and writes nothing.
resource "google_storage_bucket_iam_member" "plan" {
  bucket = var.state_bucket
  role   = "roles/storage.objectViewer"
  member = google_service_account.plan.member
}

resource "google_storage_bucket_iam_member" "apply" {
  bucket = var.state_bucket
  role   = "roles/storage.objectUser"
  member = google_service_account.apply.member
}

# Who deploys what runs as an account must be allowed to act as that account, and as no other.
resource "google_service_account_iam_member" "acts_as" {
  for_each = var.acts_as

  service_account_id = each.value
  role               = "roles/iam.serviceAccountUser"
  member             = google_service_account.apply.member
}
