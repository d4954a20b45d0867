mock_provider "google" {
  source = "./tests/mocks"
}

variables {
  project_id       = "demo-project"
  name             = "whatsit-classify"
  topic            = "projects/demo-project/topics/whatsit-work"
  endpoint         = "https://classify.run.app"
  invoker_email    = "whatsit-invoker@demo-project.iam.gserviceaccount.com"
  function_timeout = 120
  acknowledgement  = 180
  pubsub_agent     = "serviceAccount:service-1@gcp-sa-pubsub.iam.gserviceaccount.com"
  dead_letter      = { topic = "projects/demo-project/topics/whatsit-dead-letters", attempts = 100 }
}

run "subscription_without_dead_letters_grants_the_agent_nothing" {
  command = apply
  module {
    source = "./modules/push-subscription"
  }
  variables {
    dead_letter = null
  }

  assert {
    condition     = length(output.configuration.forward_grants) == 0 && output.configuration.dead_letter == null
    error_message = "Grants come with the policy that needs them."
  }
}

run "refuses_fewer_deliveries_than_pubsub_takes" {
  command = plan
  module {
    source = "./modules/push-subscription"
  }
  variables {
    dead_letter = { topic = "projects/demo-project/topics/whatsit-dead-letters", attempts = 4 }
  }
  expect_failures = [var.dead_letter]
}

run "refuses_more_deliveries_than_pubsub_takes" {
  command = plan
  module {
    source = "./modules/push-subscription"
  }
  variables {
    dead_letter = { topic = "projects/demo-project/topics/whatsit-dead-letters", attempts = 101 }
  }
  expect_failures = [var.dead_letter]
}

run "refuses_a_message_that_comes_back_while_it_is_worked_on" {
  command = plan
  module {
    source = "./modules/push-subscription"
  }
  variables {
    acknowledgement = 120
  }
  expect_failures = [var.acknowledgement]
}

run "refuses_an_acknowledgement_that_pubsub_does_not_take" {
  command = plan
  module {
    source = "./modules/push-subscription"
  }
  variables {
    acknowledgement = 601
  }
  expect_failures = [var.acknowledgement]
}
