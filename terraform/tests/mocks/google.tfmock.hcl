# Values that the service would give, in the shapes that the provider checks. Each function has an account and an
# address of its own, so that a test can tell them apart.

mock_data "google_project" {
  defaults = { number = "123456789012" }
}

mock_data "google_storage_project_service_account" {
  defaults = { email_address = "service-123456789012@gs-project-accounts.iam.gserviceaccount.com" }
}

mock_resource "google_service_account" {
  defaults = {
    id     = "projects/demo-project/serviceAccounts/whatsit-mock@demo-project.iam.gserviceaccount.com"
    name   = "projects/demo-project/serviceAccounts/whatsit-mock@demo-project.iam.gserviceaccount.com"
    email  = "whatsit-mock@demo-project.iam.gserviceaccount.com"
    member = "serviceAccount:whatsit-mock@demo-project.iam.gserviceaccount.com"
  }
}

mock_resource "google_pubsub_topic" {
  defaults = { id = "projects/demo-project/topics/mock" }
}

mock_resource "google_cloud_tasks_queue" {
  defaults = { id = "projects/demo-project/locations/europe-west1/queues/whatsit-later" }
}

mock_resource "google_pubsub_subscription" {
  defaults = { id = "projects/demo-project/subscriptions/mock" }
}

mock_resource "google_artifact_registry_repository" {
  defaults = {
    id   = "projects/demo-project/locations/europe-west1/repositories/whatsit-functions"
    name = "whatsit-functions"
  }
}

mock_resource "google_cloudfunctions2_function" {
  defaults = {
    id             = "projects/demo-project/locations/europe-west1/functions/mock"
    service_config = { uri = "https://mock-abc123-ew.a.run.app" }
  }
}

mock_resource "google_monitoring_notification_channel" {
  defaults = { id = "projects/demo-project/notificationChannels/1" }
}

mock_resource "google_monitoring_uptime_check_config" {
  defaults = { uptime_check_id = "whatsit-ready-abc" }
}

mock_resource "google_iam_workload_identity_pool" {
  defaults = { name = "projects/123456789012/locations/global/workloadIdentityPools/whatsit-github" }
}

mock_resource "google_iam_workload_identity_pool_provider" {
  defaults = { name = "projects/123456789012/locations/global/workloadIdentityPools/whatsit-github/providers/github" }
}

mock_resource "google_compute_global_address" {
  defaults = {
    id      = "projects/demo-project/global/addresses/mock"
    address = "203.0.113.7"
  }
}

mock_resource "google_compute_region_network_endpoint_group" {
  defaults = { id = "projects/demo-project/regions/europe-west1/networkEndpointGroups/mock" }
}

mock_resource "google_compute_security_policy" {
  defaults = { id = "projects/demo-project/global/securityPolicies/mock" }
}

mock_resource "google_compute_backend_service" {
  defaults = { id = "projects/demo-project/global/backendServices/mock" }
}

mock_resource "google_compute_url_map" {
  defaults = { id = "projects/demo-project/global/urlMaps/mock" }
}

mock_resource "google_compute_managed_ssl_certificate" {
  defaults = { id = "projects/demo-project/global/sslCertificates/mock" }
}

mock_resource "google_compute_ssl_policy" {
  defaults = { id = "projects/demo-project/global/sslPolicies/mock" }
}

mock_resource "google_compute_target_https_proxy" {
  defaults = { id = "projects/demo-project/global/targetHttpsProxies/mock" }
}

mock_resource "google_compute_target_http_proxy" {
  defaults = { id = "projects/demo-project/global/targetHttpProxies/mock" }
}
