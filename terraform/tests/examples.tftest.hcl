mock_provider "google" {
  source = "./tests/mocks"
}

# A first plan of each example, as `terraform plan` would make it.

variables {
  project_id = "demo-project"
  archives = {
    upload      = "tests/fixtures/first.zip"
    status      = "tests/fixtures/first.zip"
    control     = "tests/fixtures/first.zip"
    classify    = "tests/fixtures/first.zip"
    dead-letter = "tests/fixtures/first.zip"
    notify      = "tests/fixtures/first.zip"
    batch       = "tests/fixtures/first.zip"
    fetch       = "tests/fixtures/first.zip"
    progress    = "tests/fixtures/first.zip"
    sweep       = "tests/fixtures/first.zip"
  }
}

run "minimal_can_be_planned" {
  command = plan
  module {
    source = "./examples/minimal"
  }
}

run "minimal_is_private" {
  command = apply
  module {
    source = "./examples/minimal"
  }

  assert {
    condition     = strcontains(output.curl, "Authorization: Bearer")
    error_message = "The least that one can say leaves the door shut."
  }
}

run "complete_can_be_planned" {
  command = plan
  module {
    source = "./examples/complete"
  }
}

run "complete_has_all_of_it" {
  command = apply
  module {
    source = "./examples/complete"
  }

  assert {
    condition     = output.github.GCP_WORKLOAD_IDENTITY_PROVIDER != null && !strcontains(output.curl, "Authorization")
    error_message = "A door for everybody, and a way to deploy."
  }
}
