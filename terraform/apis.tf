locals {
  apis = toset(concat(
    [
      "artifactregistry.googleapis.com",
      "cloudbuild.googleapis.com",
      "cloudfunctions.googleapis.com",
      "cloudresourcemanager.googleapis.com",
      "cloudscheduler.googleapis.com",
      "cloudtasks.googleapis.com",
      "firestore.googleapis.com",
      "iam.googleapis.com",
      "iamcredentials.googleapis.com",
      "logging.googleapis.com",
      "monitoring.googleapis.com",
      "pubsub.googleapis.com",
      "run.googleapis.com",
      "storage.googleapis.com",
    ],
    var.classifier.name == "vision" ? ["vision.googleapis.com"] : [],
    var.delivery == "eventarc" ? ["eventarc.googleapis.com"] : [],
    var.front_door == null ? [] : ["compute.googleapis.com"],
    local.iap ? ["iap.googleapis.com"] : [],
    var.budget == null ? [] : ["billingbudgets.googleapis.com"],
    var.github == null ? [] : ["sts.googleapis.com"],
    length(local.secrets) == 0 ? [] : ["secretmanager.googleapis.com"],
  ))
}

resource "google_project_service" "this" {
  for_each = local.apis

  project = var.project_id
  service = each.value

  # The default of the first was true before 7.0. An API that others use must not go with this.
  disable_on_destroy         = false
  disable_dependent_services = false
}
