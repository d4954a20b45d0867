mock_provider "google" {
  source = "./tests/mocks"
}

override_resource {
  target = google_compute_backend_service.this["upload"]
  values = { id = "projects/demo-project/global/backendServices/upload" }
}

override_resource {
  target = google_compute_backend_service.this["status"]
  values = { id = "projects/demo-project/global/backendServices/status" }
}

override_resource {
  target = google_compute_backend_service.this["batch"]
  values = { id = "projects/demo-project/global/backendServices/batch" }
}

override_resource {
  target = google_compute_backend_service.this["control"]
  values = { id = "projects/demo-project/global/backendServices/control" }
}

variables {
  project_id = "demo-project"
  archives = {
    upload      = "tests/fixtures/first.zip"
    status      = "tests/fixtures/first.zip"
    control     = "tests/fixtures/first.zip"
    classify    = "tests/fixtures/first.zip"
    thumbnail   = "tests/fixtures/first.zip"
    dead-letter = "tests/fixtures/first.zip"
    notify      = "tests/fixtures/first.zip"
    batch       = "tests/fixtures/first.zip"
    fetch       = "tests/fixtures/first.zip"
    progress    = "tests/fixtures/first.zip"
    sweep       = "tests/fixtures/first.zip"
  }
}

run "front_door_is_left_out_by_default" {
  command = apply

  assert {
    condition = (
      length(google_compute_backend_service.this) == 0 && length(google_compute_global_address.this) == 0
      && length(google_compute_global_forwarding_rule.https) == 0 && length(google_compute_global_forwarding_rule.http) == 0
      && length(google_compute_security_policy.this) == 0 && length(google_compute_url_map.this) == 0
      && length(google_compute_managed_ssl_certificate.this) == 0 && output.front_door_address == null
    )
    error_message = "A load balancer costs by the hour: none unless asked for."
  }

  assert {
    condition     = !contains(keys(google_project_service.this), "compute.googleapis.com") && strcontains(output.curl, "Authorization: Bearer")
    error_message = "No API for it, and callers prove who they are."
  }
}

run "front_door_public_is_before_the_three_for_clients" {
  command = apply
  variables {
    front_door = { domains = ["api.example.com", "www.example.com"], public = true, rate_limit_per_minute = 120 }
  }

  assert {
    condition     = keys(google_compute_backend_service.this) == ["batch", "control", "status", "upload"] && alltrue([for backend in google_compute_backend_service.this : backend.load_balancing_scheme == "EXTERNAL_MANAGED" && length(backend.iap) == 0])
    error_message = "Behind it are upload, status, control and batch, and no event function."
  }

  assert {
    condition = { for name, f in output.configuration : name => [f.ingress, join(" ", f.invokers)] } == {
      upload      = ["ALLOW_INTERNAL_AND_GCLB", "allUsers"]
      status      = ["ALLOW_INTERNAL_AND_GCLB", "allUsers"]
      control     = ["ALLOW_INTERNAL_AND_GCLB", "allUsers"]
      batch       = ["ALLOW_INTERNAL_AND_GCLB", "allUsers"]
      fetch       = ["ALLOW_INTERNAL_ONLY", "serviceAccount:whatsit-invoker@demo-project.iam.gserviceaccount.com"]
      progress    = ["ALLOW_INTERNAL_ONLY", "serviceAccount:whatsit-invoker@demo-project.iam.gserviceaccount.com"]
      classify    = ["ALLOW_INTERNAL_ONLY", "serviceAccount:whatsit-invoker@demo-project.iam.gserviceaccount.com"]
      thumbnail   = ["ALLOW_INTERNAL_ONLY", "serviceAccount:whatsit-invoker@demo-project.iam.gserviceaccount.com"]
      dead-letter = ["ALLOW_INTERNAL_ONLY", "serviceAccount:whatsit-invoker@demo-project.iam.gserviceaccount.com"]
      notify      = ["ALLOW_INTERNAL_ONLY", "serviceAccount:whatsit-invoker@demo-project.iam.gserviceaccount.com"]
      sweep       = ["ALLOW_INTERNAL_ONLY", "serviceAccount:whatsit-invoker@demo-project.iam.gserviceaccount.com"]
    }
    error_message = "Everybody, but through the load balancer only; event functions stay internal."
  }

  assert {
    condition = flatten([
      for rule in google_compute_url_map.this[0].path_matcher[0].route_rules : [
        for match in rule.match_rules :
        join(" ", compact([tostring(rule.priority), match.full_path_match, match.prefix_match, try(match.header_matches[0].header_name, ""), try(match.header_matches[0].exact_match, "")]))
      ]
    ]) == ["10 /v1/images :method POST", "20 /v1/images/ :method POST", "20 /v1/images/ :method PATCH", "25 /v1/batches", "25 /v1/batches/", "30 /"]
    error_message = "Routes by path and method."
  }

  assert {
    condition     = [for rule in google_compute_url_map.this[0].path_matcher[0].route_rules : split("/", rule.service)[4]] == ["upload", "control", "batch", "status"] && split("/", google_compute_url_map.this[0].default_service)[4] == "status"
    error_message = "Submissions to upload, what changes work to control, the list and everything else to status."
  }

  assert {
    condition     = one(google_compute_url_map.this[0].host_rule).hosts == toset(["api.example.com", "www.example.com"])
    error_message = "All of its domains are served."
  }

  assert {
    condition = (
      google_compute_url_map.redirect[0].default_url_redirect[0].https_redirect
      && google_compute_global_forwarding_rule.http[0].port_range == "80"
      && google_compute_global_forwarding_rule.https[0].port_range == "443"
      && google_compute_ssl_policy.this[0].min_tls_version == "TLS_1_2" && google_compute_ssl_policy.this[0].profile == "MODERN"
    )
    error_message = "HTTP is sent to HTTPS, which is TLS 1.2 or newer."
  }

  assert {
    condition = (
      google_compute_security_policy.this[0].type == "CLOUD_ARMOR"
      && one([for rule in google_compute_security_policy.this[0].rule : rule.rate_limit_options[0].rate_limit_threshold[0].count if rule.action == "throttle"]) == 120
      && alltrue([for backend in google_compute_backend_service.this : backend.security_policy == google_compute_security_policy.this[0].id])
    )
    error_message = "A rate limit before each of them."
  }

  assert {
    condition     = output.api.upload == "https://api.example.com/v1/images" && output.configuration.upload.environment.PUBLIC_URL == "https://api.example.com" && length(google_compute_global_address.this) == 1
    error_message = "Links and outputs name the domain."
  }

  assert {
    condition     = google_monitoring_uptime_check_config.status[0].monitored_resource[0].labels.host == "api.example.com"
    error_message = "The uptime check asks where clients ask."
  }
}

run "front_door_with_identity_aware_proxy_lets_members_in" {
  command = apply
  variables {
    front_door = { domains = ["api.example.com"], iap_members = ["group:staff@example.com"] }
  }

  assert {
    condition     = alltrue([for backend in google_compute_backend_service.this : backend.iap[0].enabled]) && length(google_iap_web_backend_service_iam_member.this) == 4 && alltrue([for grant in google_iap_web_backend_service_iam_member.this : grant.role == "roles/iap.httpsResourceAccessor" && grant.member == "group:staff@example.com"])
    error_message = "The proxy stands before each of the four, and lets the members in."
  }

  assert {
    condition     = alltrue([for name in ["upload", "status", "control", "batch"] : output.configuration[name].invokers == ["serviceAccount:service-123456789012@gcp-sa-iap.iam.gserviceaccount.com"] && output.configuration[name].ingress == "ALLOW_INTERNAL_AND_GCLB"])
    error_message = "Cloud Run lets the proxy in, and never everybody."
  }

  assert {
    condition     = length(google_monitoring_uptime_check_config.status) == 0 && contains(keys(google_project_service.this), "iap.googleapis.com")
    error_message = "An uptime check would only meet the proxy."
  }
}
