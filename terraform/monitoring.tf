locals {
  log_filters = {
    for key, logged in local.logged : key => join(" AND ", [
      "resource.type=\"cloud_run_revision\"",
      "resource.labels.service_name=\"${var.name}-${logged.function}\"",
      "jsonPayload.logger=(${join(" OR ", [for logger in logged.loggers : "\"${logger}\""])})",
      "jsonPayload.message=(${join(" OR ", [for message in logged.messages : "\"${message}\""])})",
    ])
  }

  # PromQL writes a metric's type with other characters: cloud.google.com/monitoring/promql/promql-mapping.
  user_metric = "logging_googleapis_com:user_${replace(var.name, "-", "_")}"

  # Eventarc makes the subscription itself, and names it after the trigger.
  subscriptions = {
    for name, function in local.functions : name => (
      contains(keys(local.triggers), name) ? "eventarc-${var.region}-${var.name}-${name}-.*" : "${var.name}-${name}"
    ) if function.listens != null
  }
  pushed        = "monitored_resource=\"pubsub_subscription\",subscription_id=~\"${join("|", values(local.subscriptions))}\""
  http_services = "service_name=~\"${join("|", [for name in sort(local.http_functions) : "${var.name}-${name}"])}\""

  vision  = var.classifier.name == "vision" && var.classifier.monthly_limit > 0
  runbook = var.github == null ? "docs/runbook.md" : "https://github.com/${var.github.repository}/blob/main/docs/runbook.md"

  queries = {
    undelivered_letters = "pubsub_googleapis_com:subscription_num_undelivered_messages{monitored_resource=\"pubsub_subscription\",subscription_id=\"${google_pubsub_subscription.kept.name}\"}"
    oldest_messages     = "pubsub_googleapis_com:subscription_oldest_unacked_message_age{${local.pushed}}"
    waiting_messages    = "pubsub_googleapis_com:subscription_num_undelivered_messages{${local.pushed}}"
    tasks               = "cloudtasks_googleapis_com:queue_depth{monitored_resource=\"cloud_tasks_queue\",queue_id=\"${google_cloud_tasks_queue.later.name}\"}"
    failed_tasks        = "cloudtasks_googleapis_com:queue_task_attempt_count{monitored_resource=\"cloud_tasks_queue\",queue_id=\"${google_cloud_tasks_queue.later.name}\",response_code!~\"(?i:ok|2..)\"}"
    requests            = "run_googleapis_com:request_count{monitored_resource=\"cloud_run_revision\",${local.http_services}}"
    failed_requests     = "run_googleapis_com:request_count{monitored_resource=\"cloud_run_revision\",${local.http_services},response_code_class=\"5xx\"}"
    outcomes            = "${local.user_metric}_outcomes{monitored_resource=\"cloud_run_revision\"}"
    uploads             = "${local.user_metric}_uploads{monitored_resource=\"cloud_run_revision\"}"
    ceiling             = "${local.user_metric}_outcomes{monitored_resource=\"cloud_run_revision\",reason=\"SPENDING_CEILING\"}"
    callbacks           = "${local.user_metric}_callbacks{monitored_resource=\"cloud_run_revision\"}"
    fetches             = "${local.user_metric}_fetches{monitored_resource=\"cloud_run_revision\"}"
    overdue             = "${local.user_metric}_overdue_sum{monitored_resource=\"cloud_run_revision\"}"
    overdue_left        = "${local.user_metric}_overdue_count{monitored_resource=\"cloud_run_revision\",more=\"true\"}"
    not_taken_up        = "${local.user_metric}_not_taken_up{monitored_resource=\"cloud_run_revision\"}"
    callbacks_given_up  = "${local.user_metric}_callbacks{monitored_resource=\"cloud_run_revision\",outcome=\"callback given up\"}"
    ceiling_near        = "${local.user_metric}_ceiling_near{monitored_resource=\"cloud_run_revision\"}"
    durations           = "${local.user_metric}_durations_bucket{monitored_resource=\"cloud_run_revision\"}"
    sweep_failures      = "${local.user_metric}_sweep_failures{monitored_resource=\"cloud_scheduler_job\"}"
    vision_units        = "${local.user_metric}_vision_units_sum{monitored_resource=\"cloud_run_revision\"}"
  }

  # section is the heading in docs/runbook.md.
  alerts = merge(
    {
      dead-letters = {
        section  = "Dead letters"
        query    = "max(${local.queries.undelivered_letters}) > 0"
        duration = "60s"
        severity = "CRITICAL"
        says     = "Work was given up. Its images stay in error until somebody has looked and asked for a retry."
      }
      backlog = {
        section  = "Backlog"
        query    = "max by (subscription_id) (${local.queries.oldest_messages}) > 600"
        duration = "300s"
        severity = "WARNING"
        says     = "The oldest message of a subscription has waited for more than ten minutes; its name tells which function it is for."
      }
      errors = {
        section  = "Server errors"
        query    = "sum(increase(${local.queries.failed_requests}[5m])) / sum(increase(${local.queries.requests}[5m])) > 0.05"
        duration = "300s"
        severity = "ERROR"
        says     = "More than a twentieth of the answers to clients is a 5xx."
      }
      slow = {
        section  = "Slow results"
        query    = "histogram_quantile(0.95, sum by (le) (increase(${local.queries.durations}[10m]))) > ${var.times.classifier * 1000}"
        duration = "600s"
        severity = "WARNING"
        says     = "Of twenty images one takes longer than the classifier's deadline from submission to result."
      }
      sweep = {
        section  = "Sweep fails"
        query    = "sum(increase(${local.queries.sweep_failures}[10m])) > 2 or sum(increase(${local.queries.not_taken_up}[10m])) > 5"
        duration = "0s"
        severity = "ERROR"
        says     = "Forgotten work is not taken up again."
      }
      overdue = {
        section  = "Sweep cannot keep up"
        query    = "sum by (outcome) (increase(${local.queries.overdue_left}[10m])) > 5"
        duration = "600s"
        severity = "WARNING"
        says     = "More is overdue than the sweep takes up in a minute, and has been for long: images (swept), callbacks or batches."
      }
      later = {
        section  = "Cloud Tasks fails"
        query    = "sum(increase(${local.queries.failed_tasks}[10m])) > 5"
        duration = "300s"
        severity = "WARNING"
        says     = "Cloud Tasks cannot publish what is due. The sweep does, up to a minute late for images and some minutes for callbacks."
      }
      callbacks = {
        section  = "Callbacks given up"
        query    = "sum(increase(${local.queries.callbacks_given_up}[10m])) > 0"
        duration = "0s"
        severity = "WARNING"
        says     = "A receiver could not be told for three days."
      }
    },
    local.vision ? {
      vision-near = {
        section  = "Vision ceiling near"
        query    = "sum(increase(${local.queries.ceiling_near}[5m])) > 0"
        duration = "0s"
        severity = "WARNING"
        says     = "80 % of the month's units are reserved."
      }
      vision-ceiling = {
        section  = "Vision ceiling reached"
        query    = "sum(increase(${local.queries.ceiling}[5m])) > 0"
        duration = "0s"
        severity = "ERROR"
        says     = "The month's units are spent: images wait for the next month or a higher ceiling."
      }
    } : {},
  )
}

resource "google_logging_metric" "logged" {
  for_each = local.logged

  project     = var.project_id
  name        = "${var.name}-${replace(each.key, "_", "-")}"
  description = each.value.says
  filter      = local.log_filters[each.key]

  label_extractors = merge(
    { outcome = "EXTRACT(jsonPayload.message)" },
    { for label in each.value.labels : label => "EXTRACT(labels.${label})" },
  )
  value_extractor = each.value.value == null ? null : "EXTRACT(labels.${each.value.value})"

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = each.value.value == null ? "INT64" : "DISTRIBUTION"
    unit        = each.value.unit

    dynamic "labels" {
      for_each = concat(["outcome"], each.value.labels)
      content {
        key        = labels.value
        value_type = "STRING"
      }
    }
  }

  # From 1 to over 3 million: a result that took an hour still has its place.
  dynamic "bucket_options" {
    for_each = each.value.value == null ? [] : [true]
    content {
      exponential_buckets {
        num_finite_buckets = 32
        growth_factor      = 1.6
        scale              = 1
      }
    }
  }

  depends_on = [google_project_service.this]
}

resource "google_logging_metric" "sweep_failures" {
  project     = var.project_id
  name        = "${var.name}-sweep-failures"
  description = "Calls of sweep that Cloud Scheduler counts as failed"
  filter      = "resource.type=\"cloud_scheduler_job\" AND resource.labels.job_id=\"${google_cloud_scheduler_job.sweep.name}\" AND severity>=ERROR"

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "INT64"
    unit        = "1"
  }
}

resource "google_monitoring_notification_channel" "email" {
  for_each = var.alert_emails

  project      = var.project_id
  display_name = "${var.name}: ${each.value}"
  type         = "email"
  labels       = { email_address = each.value }
  user_labels  = local.labels
  force_delete = false

  depends_on = [google_project_service.this]
}

resource "google_monitoring_alert_policy" "this" {
  for_each = local.alerts

  project               = var.project_id
  display_name          = "${var.name}: ${each.value.section}"
  combiner              = "OR"
  enabled               = true
  severity              = each.value.severity
  user_labels           = local.labels
  notification_channels = [for channel in google_monitoring_notification_channel.email : channel.id]

  conditions {
    display_name = each.value.section
    condition_prometheus_query_language {
      query               = each.value.query
      duration            = each.value.duration
      evaluation_interval = "60s"
      # A metric of the log is unknown until its first line, and the policy is made before that.
      disable_metric_validation = true
    }
  }

  documentation {
    mime_type = "text/markdown"
    content   = "${each.value.says} What to do: ${local.runbook}#${lower(replace(each.value.section, " ", "-"))}"
  }

  alert_strategy {
    auto_close = "86400s"
  }

  depends_on = [
    google_logging_metric.logged, google_logging_metric.sweep_failures,
    google_project_service.this,
  ]
}

# Behind Identity-Aware Proxy a check would only meet the proxy.
resource "google_monitoring_uptime_check_config" "status" {
  count = local.iap ? 0 : 1

  project            = var.project_id
  display_name       = "${var.name} ready"
  timeout            = "10s"
  period             = "300s"
  checker_type       = "STATIC_IP_CHECKERS"
  log_check_failures = true
  user_labels        = local.labels

  http_check {
    path           = "/health/ready"
    port           = 443
    request_method = "GET"
    use_ssl        = true
    validate_ssl   = true

    accepted_response_status_codes {
      status_value = 200
    }

    # A private function wants to know who asks.
    dynamic "service_agent_authentication" {
      for_each = local.everybody ? [] : [true]
      content {
        type = "OIDC_TOKEN"
      }
    }
  }

  monitored_resource {
    type = "uptime_url"
    labels = {
      project_id = var.project_id
      host       = trimprefix(local.public_url, "https://")
    }
  }
}

# Changes when the function is made anew, which takes the grants of its service away.
resource "terraform_data" "status" {
  input = module.status.id
}

# The agent comes into being with the first check that asks in its name.
resource "google_cloud_run_service_iam_member" "monitoring" {
  count = local.iap || local.everybody ? 0 : 1

  project  = var.project_id
  location = var.region
  service  = module.status.name
  role     = "roles/run.invoker"
  member   = local.agents.monitoring

  depends_on = [google_monitoring_uptime_check_config.status]

  lifecycle {
    replace_triggered_by = [terraform_data.status]
  }
}

resource "google_monitoring_alert_policy" "not_ready" {
  count = local.iap ? 0 : 1

  project               = var.project_id
  display_name          = "${var.name}: Not ready"
  combiner              = "OR"
  enabled               = true
  severity              = "CRITICAL"
  user_labels           = local.labels
  notification_channels = [for channel in google_monitoring_notification_channel.email : channel.id]

  conditions {
    display_name = "Not ready"
    condition_threshold {
      filter          = "resource.type=\"uptime_url\" AND metric.type=\"monitoring.googleapis.com/uptime_check/check_passed\" AND metric.labels.check_id=\"${google_monitoring_uptime_check_config.status[0].uptime_check_id}\""
      comparison      = "COMPARISON_GT"
      threshold_value = 1
      duration        = "60s"

      # From more than one place in the world.
      aggregations {
        alignment_period     = "1200s"
        per_series_aligner   = "ALIGN_NEXT_OLDER"
        cross_series_reducer = "REDUCE_COUNT_FALSE"
        group_by_fields      = ["resource.label.host"]
      }
      trigger {
        count = 1
      }
    }
  }

  documentation {
    mime_type = "text/markdown"
    content   = "Status does not answer, or cannot reach the records. What to do: ${local.runbook}#not-ready"
  }

  alert_strategy {
    auto_close = "86400s"
  }
}

resource "google_monitoring_dashboard" "overview" {
  project = var.project_id
  dashboard_json = templatefile("${path.module}/dashboards/overview.json.tftpl", {
    name    = var.name
    queries = local.queries
    vision  = local.vision
  })

  depends_on = [google_logging_metric.logged]
}
