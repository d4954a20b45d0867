output "provider" {
  description = "Provider that workflows name to google-github-actions/auth."
  value       = google_iam_workload_identity_pool_provider.this.name
}

output "plan_account" {
  description = "Who plans."
  value       = google_service_account.plan.email
}

output "apply_account" {
  description = "Who applies."
  value       = google_service_account.apply.email
}

output "configuration" {
  description = "What was asked for, for tests and for people who compare."
  value = {
    condition    = google_iam_workload_identity_pool_provider.this.attribute_condition
    plan_member  = google_service_account_iam_member.plan.member
    apply_member = google_service_account_iam_member.apply.member
    plan_roles   = [for grant in google_project_iam_member.plan : grant.role]
    apply_roles  = [for grant in google_project_iam_member.apply : grant.role]
    state_roles  = { plan = google_storage_bucket_iam_member.plan.role, apply = google_storage_bucket_iam_member.apply.role }
  }
}
