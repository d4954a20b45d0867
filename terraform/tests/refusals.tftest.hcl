mock_provider "google" {
  source = "./tests/mocks"
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

# Every refusal, by the variable that it must name.

run "refuses_project_id_that_is_a_number" {
  command = plan
  variables {
    project_id = "123456789012"
  }
  expect_failures = [var.project_id]
}

run "refuses_region_that_is_a_zone" {
  command = plan
  variables {
    region = "europe-west1-b"
  }
  expect_failures = [var.region]
}

run "refuses_name_that_is_too_long" {
  command = plan
  variables {
    name = "a234567890123456789"
  }
  expect_failures = [var.name]
}

run "refuses_name_with_capitals" {
  command = plan
  variables {
    name = "Whatsit"
  }
  expect_failures = [var.name]
}

run "refuses_archives_of_no_function" {
  command = plan
  variables {
    archives = { nobody = "tests/fixtures/first.zip" }
  }
  expect_failures = [var.archives]
}

run "refuses_runtime_that_cannot_run_it" {
  command = plan
  variables {
    runtime = "java11"
  }
  expect_failures = [var.runtime]
}

run "refuses_classifier_that_there_is_not" {
  command = plan
  variables {
    classifier = { name = "bard" }
  }
  expect_failures = [var.classifier]
}

run "refuses_classifier_with_a_ceiling_below_nothing" {
  command = plan
  variables {
    classifier = { monthly_limit = -1 }
  }
  expect_failures = [var.classifier]
}

run "refuses_classifier_with_half_a_unit" {
  command = plan
  variables {
    classifier = { monthly_limit = 0.5 }
  }
  expect_failures = [var.classifier]
}

run "refuses_classifier_with_an_unknown_feature" {
  command = plan
  variables {
    classifier = { features = ["faces"] }
  }
  expect_failures = [var.classifier]
}

run "refuses_classifier_without_features" {
  command = plan
  variables {
    classifier = { features = [] }
  }
  expect_failures = [var.classifier]
}

run "refuses_times_where_the_lease_ends_with_the_function" {
  command = plan
  variables {
    times = { lease = 120 }
  }
  expect_failures = [var.times]
}

run "refuses_times_where_the_message_comes_back_before_the_lease_ends" {
  command = plan
  variables {
    times = { acknowledgement = 150 }
  }
  expect_failures = [var.times]
}

run "refuses_times_where_the_classifier_outlives_the_function" {
  command = plan
  variables {
    times = { classifier = 120 }
  }
  expect_failures = [var.times]
}

run "refuses_times_beyond_what_pubsub_takes" {
  command = plan
  variables {
    times = { acknowledgement = 601 }
  }
  expect_failures = [var.times]
}

run "refuses_delivery_by_both" {
  command = plan
  variables {
    delivery = "push,eventarc"
  }
  expect_failures = [var.delivery]
}

run "refuses_sizes_of_no_function" {
  command = plan
  variables {
    sizes = { another = { cpu = 1 } }
  }
  expect_failures = [var.sizes]
}

run "refuses_sizes_that_would_part_classify_from_its_times" {
  command = plan
  variables {
    sizes = { classify = { timeout = 60 } }
  }
  expect_failures = [var.sizes]
}

run "refuses_settings_that_nobody_reads" {
  command = plan
  variables {
    settings = { MIN_CONFIDENSE = "0.5" }
  }
  expect_failures = [var.settings]
}

run "refuses_settings_that_terraform_gives" {
  command = plan
  variables {
    settings = { WORK_TOPIC = "mine" }
  }
  expect_failures = [var.settings]
}

run "refuses_settings_for_development" {
  command = plan
  variables {
    settings = { FIRESTORE_EMULATOR_HOST = "127.0.0.1:8080" }
  }
  expect_failures = [var.settings]
}

run "refuses_invokers_that_are_everybody" {
  command = plan
  variables {
    invoker_members = ["allUsers"]
  }
  expect_failures = [var.invoker_members]
}

run "refuses_invokers_that_are_everybody_with_an_account" {
  command = plan
  variables {
    invoker_members = ["allAuthenticatedUsers"]
  }
  expect_failures = [var.invoker_members]
}

run "refuses_invokers_without_their_kind" {
  command = plan
  variables {
    invoker_members = ["ada@example.com"]
  }
  expect_failures = [var.invoker_members]
}

run "refuses_everybody_past_the_front_door" {
  command = plan
  variables {
    allow_unauthenticated = true
    front_door            = { domains = ["api.example.com"], public = true }
  }
  expect_failures = [var.allow_unauthenticated]
}

run "refuses_front_door_without_a_domain" {
  command = plan
  variables {
    front_door = { domains = [], public = true }
  }
  expect_failures = [var.front_door]
}

run "refuses_front_door_with_an_address_for_a_domain" {
  command = plan
  variables {
    front_door = { domains = ["https://api.example.com"], public = true }
  }
  expect_failures = [var.front_door]
}

run "refuses_front_door_for_nobody" {
  command = plan
  variables {
    front_door = { domains = ["api.example.com"] }
  }
  expect_failures = [var.front_door]
}

run "refuses_front_door_both_public_and_proxied" {
  command = plan
  variables {
    front_door = { domains = ["api.example.com"], public = true, iap_members = ["user:ada@example.com"] }
  }
  expect_failures = [var.front_door]
}

run "refuses_front_door_that_takes_nothing" {
  command = plan
  variables {
    front_door = { domains = ["api.example.com"], public = true, rate_limit_per_minute = 0 }
  }
  expect_failures = [var.front_door]
}

run "refuses_backups_for_longer_than_firestore_keeps_them" {
  command = plan
  variables {
    backup_days = 99
  }
  expect_failures = [var.backup_days]
}

run "refuses_key_of_another_region" {
  command = plan
  variables {
    kms_key_name = "projects/p/locations/us/keyRings/r/cryptoKeys/k"
  }
  expect_failures = [var.kms_key_name]
}

run "refuses_alert_emails_that_are_none" {
  command = plan
  variables {
    alert_emails = ["on-call"]
  }
  expect_failures = [var.alert_emails]
}

run "refuses_budget_of_no_account" {
  command = plan
  variables {
    budget = { billing_account = "mine", amount = 50 }
  }
  expect_failures = [var.budget]
}

run "refuses_budget_in_cents" {
  command = plan
  variables {
    budget = { billing_account = "012345-6789AB-CDEF01", amount = 0.5 }
  }
  expect_failures = [var.budget]
}

run "refuses_github_by_name_alone" {
  command = plan
  variables {
    github = { repository = "example/whatsit", repository_id = "whatsit", owner_id = "example", state_bucket = "state" }
  }
  expect_failures = [var.github]
}
