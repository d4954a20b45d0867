locals {
  iap     = try(length(var.front_door.iap_members) > 0, false)
  fronted = var.front_door == null ? toset([]) : local.http_functions
}

resource "google_compute_region_network_endpoint_group" "this" {
  for_each = local.fronted

  project               = var.project_id
  region                = var.region
  name                  = "${var.name}-${each.key}"
  network_endpoint_type = "SERVERLESS"

  cloud_run {
    service = local.deployed[each.key].name
  }
}

resource "google_compute_security_policy" "this" {
  count = var.front_door == null ? 0 : 1

  project     = var.project_id
  name        = var.name
  description = "How much one address may ask"
  type        = "CLOUD_ARMOR"

  rule {
    action      = "throttle"
    priority    = 1000
    description = "So many requests a minute for each address"
    match {
      versioned_expr = "SRC_IPS_V1"
      config {
        src_ip_ranges = ["*"]
      }
    }
    rate_limit_options {
      conform_action = "allow"
      exceed_action  = "deny(429)"
      enforce_on_key = "IP"
      rate_limit_threshold {
        count        = var.front_door.rate_limit_per_minute
        interval_sec = 60
      }
    }
  }

  # Every policy must have this last rule.
  rule {
    action      = "allow"
    priority    = 2147483647
    description = "Everything else"
    match {
      versioned_expr = "SRC_IPS_V1"
      config {
        src_ip_ranges = ["*"]
      }
    }
  }

  depends_on = [google_project_service.this]
}

resource "google_compute_backend_service" "this" {
  for_each = local.fronted

  project               = var.project_id
  name                  = "${var.name}-${each.key}"
  load_balancing_scheme = "EXTERNAL_MANAGED"
  protocol              = "HTTPS"
  enable_cdn            = false
  security_policy       = google_compute_security_policy.this[0].id

  backend {
    group = google_compute_region_network_endpoint_group.this[each.key].id
  }

  dynamic "iap" {
    for_each = local.iap ? [true] : []
    content {
      enabled = true
    }
  }

  log_config {
    enable      = true
    sample_rate = 1
  }
}

resource "google_iap_web_backend_service_iam_member" "this" {
  for_each = {
    for pair in setproduct(local.iap ? local.fronted : toset([]), try(var.front_door.iap_members, toset([]))) :
    "${pair[0]} ${pair[1]}" => { function = pair[0], member = pair[1] }
  }

  project             = var.project_id
  web_backend_service = google_compute_backend_service.this[each.value.function].name
  role                = "roles/iap.httpsResourceAccessor"
  member              = each.value.member
}

resource "google_compute_url_map" "this" {
  count = var.front_door == null ? 0 : 1

  project         = var.project_id
  name            = var.name
  default_service = google_compute_backend_service.this["status"].id

  host_rule {
    hosts        = var.front_door.domains
    path_matcher = "api"
  }

  path_matcher {
    name            = "api"
    default_service = google_compute_backend_service.this["status"].id

    route_rules {
      priority = 10
      service  = google_compute_backend_service.this["upload"].id
      match_rules {
        full_path_match = "/v1/images"
        header_matches {
          header_name = ":method"
          exact_match = "POST"
        }
      }
    }

    # What changes an image's work. Where control does not know the path, it also says so.
    route_rules {
      priority = 20
      service  = google_compute_backend_service.this["control"].id

      dynamic "match_rules" {
        for_each = ["POST", "PATCH"]
        content {
          prefix_match = "/v1/images/"
          header_matches {
            header_name = ":method"
            exact_match = match_rules.value
          }
        }
      }
    }

    route_rules {
      priority = 25
      service  = google_compute_backend_service.this["batch"].id
      match_rules {
        full_path_match = "/v1/batches"
      }
      match_rules {
        prefix_match = "/v1/batches/"
      }
    }

    route_rules {
      priority = 30
      service  = google_compute_backend_service.this["status"].id
      match_rules {
        prefix_match = "/"
      }
    }
  }
}

resource "google_compute_managed_ssl_certificate" "this" {
  count = var.front_door == null ? 0 : 1

  project = var.project_id
  # Other domains need another certificate, and the old one is in use until then.
  name = "${var.name}-${substr(sha256(join(",", var.front_door.domains)), 0, 8)}"
  type = "MANAGED"

  managed {
    domains = var.front_door.domains
  }

  lifecycle {
    create_before_destroy = true
  }

  depends_on = [google_project_service.this]
}

resource "google_compute_ssl_policy" "this" {
  count = var.front_door == null ? 0 : 1

  project         = var.project_id
  name            = var.name
  profile         = "MODERN"
  min_tls_version = "TLS_1_2"

  depends_on = [google_project_service.this]
}

resource "google_compute_target_https_proxy" "this" {
  count = var.front_door == null ? 0 : 1

  project          = var.project_id
  name             = var.name
  url_map          = google_compute_url_map.this[0].id
  ssl_certificates = [google_compute_managed_ssl_certificate.this[0].id]
  ssl_policy       = google_compute_ssl_policy.this[0].id
}

resource "google_compute_global_address" "this" {
  count = var.front_door == null ? 0 : 1

  project      = var.project_id
  name         = var.name
  address_type = "EXTERNAL"
  ip_version   = "IPV4"

  depends_on = [google_project_service.this]
}

resource "google_compute_global_forwarding_rule" "https" {
  count = var.front_door == null ? 0 : 1

  project               = var.project_id
  name                  = "${var.name}-https"
  load_balancing_scheme = "EXTERNAL_MANAGED"
  ip_address            = google_compute_global_address.this[0].id
  ip_protocol           = "TCP"
  port_range            = "443"
  target                = google_compute_target_https_proxy.this[0].id
}

resource "google_compute_url_map" "redirect" {
  count = var.front_door == null ? 0 : 1

  project = var.project_id
  name    = "${var.name}-redirect"

  default_url_redirect {
    https_redirect         = true
    redirect_response_code = "PERMANENT_REDIRECT"
    strip_query            = false
  }

  depends_on = [google_project_service.this]
}

resource "google_compute_target_http_proxy" "redirect" {
  count = var.front_door == null ? 0 : 1

  project = var.project_id
  name    = "${var.name}-redirect"
  url_map = google_compute_url_map.redirect[0].id
}

resource "google_compute_global_forwarding_rule" "http" {
  count = var.front_door == null ? 0 : 1

  project               = var.project_id
  name                  = "${var.name}-http"
  load_balancing_scheme = "EXTERNAL_MANAGED"
  ip_address            = google_compute_global_address.this[0].id
  ip_protocol           = "TCP"
  port_range            = "80"
  target                = google_compute_target_http_proxy.redirect[0].id
}
