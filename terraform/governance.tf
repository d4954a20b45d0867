locals {
  # As the audit configuration calls them; Firestore answers to its older name here.
  audited = var.audit_logs ? toset(["storage.googleapis.com", "datastore.googleapis.com", "secretmanager.googleapis.com"]) : toset([])
}

resource "google_project_iam_audit_config" "data" {
  for_each = local.audited

  project = var.project_id
  service = each.value

  audit_log_config {
    log_type = "DATA_READ"
  }
  audit_log_config {
    log_type = "DATA_WRITE"
  }
}

resource "google_billing_budget" "this" {
  count = var.budget == null ? 0 : 1

  billing_account = var.budget.billing_account
  display_name    = var.name
  ownership_scope = "ALL_USERS"

  budget_filter {
    projects               = ["projects/${data.google_project.this.number}"]
    credit_types_treatment = "INCLUDE_ALL_CREDITS"
    calendar_period        = "MONTH"
  }

  amount {
    specified_amount {
      currency_code = var.budget.currency
      units         = tostring(var.budget.amount)
    }
  }

  dynamic "threshold_rules" {
    for_each = [0.5, 0.8, 1]
    content {
      threshold_percent = threshold_rules.value
      spend_basis       = "CURRENT_SPEND"
    }
  }

  dynamic "all_updates_rule" {
    for_each = length(var.alert_emails) == 0 ? [] : [true]
    content {
      monitoring_notification_channels = [for channel in google_monitoring_notification_channel.email : channel.id]
      disable_default_iam_recipients   = false
    }
  }

  depends_on = [google_project_service.this]
}
