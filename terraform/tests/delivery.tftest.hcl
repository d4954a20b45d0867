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

run "push_delivers_with_a_net_below" {
  command = apply

  assert {
    condition     = contains(keys(module.subscription), "classify") && alltrue([for f in values(output.configuration) : f.triggers == 0])
    error_message = "One way to classify: with a subscription of our own there is no trigger."
  }

  assert {
    condition = (
      module.subscription["classify"].configuration.topic == "projects/demo-project/topics/whatsit-work"
      && module.subscription["classify"].configuration.endpoint == "https://classify.run.app"
      && module.subscription["classify"].configuration.audience == "https://classify.run.app"
      && module.subscription["classify"].configuration.token_for == "whatsit-invoker@demo-project.iam.gserviceaccount.com"
      && module.subscription["classify"].configuration.acknowledgement == 180
      && module.subscription["classify"].configuration.retention == "604800s"
      && module.subscription["classify"].configuration.expires == ""
      && module.subscription["classify"].configuration.backoff == ["10s", "600s"]
    )
    error_message = "Work: pushed with a token, 180 s, kept for 7 days, backing off from 10 to 600 s, never expiring."
  }

  assert {
    condition = (
      module.subscription["classify"].configuration.dead_letter.dead_letter_topic == "projects/demo-project/topics/whatsit-dead-letters"
      && module.subscription["classify"].configuration.dead_letter.max_delivery_attempts == 100
    )
    error_message = "After a hundred deliveries Pub/Sub itself gives up."
  }

  assert {
    condition = toset([for grant in module.subscription["classify"].configuration.forward_grants : "${grant.role} ${grant.on} ${grant.member}"]) == toset([
      "roles/pubsub.publisher projects/demo-project/topics/whatsit-dead-letters serviceAccount:service-123456789012@gcp-sa-pubsub.iam.gserviceaccount.com",
      "roles/pubsub.subscriber whatsit-classify serviceAccount:service-123456789012@gcp-sa-pubsub.iam.gserviceaccount.com",
    ])
    error_message = "Without both grants the Pub/Sub agent moves no dead letter."
  }
}

run "each_subscription_brings_its_topic_to_its_function" {
  command = apply

  assert {
    condition = { for name, s in module.subscription : name => [s.configuration.topic, s.configuration.endpoint, s.configuration.audience, s.configuration.retention] } == {
      classify    = ["projects/demo-project/topics/whatsit-work", "https://classify.run.app", "https://classify.run.app", "604800s"]
      thumbnail   = ["projects/demo-project/topics/whatsit-work", "https://thumbnail.run.app", "https://thumbnail.run.app", "86400s"]
      dead-letter = ["projects/demo-project/topics/whatsit-dead-letters", "https://dead-letter.run.app", "https://dead-letter.run.app", "604800s"]
      notify      = ["projects/demo-project/topics/whatsit-results", "https://notify.run.app", "https://notify.run.app", "604800s"]
      progress    = ["projects/demo-project/topics/whatsit-results", "https://progress.run.app", "https://progress.run.app", "604800s"]
      fetch       = ["projects/demo-project/topics/whatsit-fetches", "https://fetch.run.app", "https://fetch.run.app", "604800s"]
    }
    error_message = "Each event function is sent the messages of one topic, with a token for itself."
  }

  assert {
    condition     = alltrue([for s in module.subscription : s.configuration.token_for == "whatsit-invoker@demo-project.iam.gserviceaccount.com" && s.configuration.acknowledgement == 180 && s.configuration.expires == "" && s.configuration.backoff == ["10s", "600s"]])
    error_message = "All are called as the invoker, and none expires."
  }

  assert {
    condition     = [for name, s in module.subscription : name if s.configuration.dead_letter != null || length(s.configuration.forward_grants) > 0] == ["classify"]
    error_message = "A dead letter ends the work of an image: only classify may give up on one."
  }
}

run "thumbnails_have_the_same_work_and_no_dead_letters" {
  command = apply

  assert {
    condition = (
      module.subscription["thumbnail"].configuration.topic == "projects/demo-project/topics/whatsit-work"
      && module.subscription["thumbnail"].configuration.endpoint == "https://thumbnail.run.app"
      && module.subscription["thumbnail"].configuration.token_for == "whatsit-invoker@demo-project.iam.gserviceaccount.com"
      && module.subscription["thumbnail"].configuration.acknowledgement == 180
      && module.subscription["thumbnail"].configuration.retention == "86400s"
      && module.subscription["thumbnail"].configuration.backoff == ["10s", "600s"]
      && module.subscription["thumbnail"].configuration.dead_letter == null
      && length(module.subscription["thumbnail"].configuration.forward_grants) == 0
    )
    error_message = "Thumbnails are tried for a day and then left: a dead letter would end the image's work."
  }
}

run "every_topic_has_a_subscription" {
  command = apply

  assert {
    condition = (
      toset([for topic in google_pubsub_topic.this : topic.id])
      == toset(concat([for s in module.subscription : s.configuration.topic], [google_pubsub_subscription.kept.topic]))
    )
    error_message = "A topic without a subscription loses what is published to it."
  }

  assert {
    condition = (
      google_pubsub_subscription.kept.topic == "projects/demo-project/topics/whatsit-dead-letters"
      && google_pubsub_subscription.kept.message_retention_duration == "2678400s"
      && google_pubsub_subscription.kept.expiration_policy[0].ttl == ""
      && length(google_pubsub_subscription.kept.push_config) == 0
    )
    error_message = "Dead letters are kept for 31 days until somebody pulls them."
  }

  assert {
    condition = (
      module.subscription["dead-letter"].configuration.topic == "projects/demo-project/topics/whatsit-dead-letters"
      && module.subscription["dead-letter"].configuration.endpoint == "https://dead-letter.run.app"
      && module.subscription["dead-letter"].configuration.dead_letter == null
    )
    error_message = "The function dead-letter is told of each; its own failures have no dead letters."
  }
}

run "eventarc_delivers_in_its_place" {
  command = apply
  variables {
    delivery = "eventarc"
  }

  assert {
    condition     = keys(module.subscription) == ["dead-letter", "fetch", "notify", "progress"] && { for name, f in output.configuration : name => f.triggers } == { upload = 0, status = 0, control = 0, classify = 1, thumbnail = 1, dead-letter = 0, notify = 0, batch = 0, fetch = 0, progress = 0, sweep = 0 }
    error_message = "One way to classify: with a trigger there is no subscription of our own."
  }

  assert {
    condition     = output.configuration.classify.entry_point == "dev.whatsit.classify.ClassifyFunction" && output.configuration.dead-letter.entry_point == "dev.whatsit.deadletter.DeadLetterPushFunction"
    error_message = "Eventarc delivers CloudEvents to classify; dead-letter is still pushed to."
  }

  assert {
    condition     = contains(keys(google_project_service.this), "eventarc.googleapis.com") && output.configuration.classify.invokers == ["serviceAccount:whatsit-invoker@demo-project.iam.gserviceaccount.com"]
    error_message = "The trigger calls as the invoker."
  }

  assert {
    condition     = strcontains(local.queries.oldest_messages, "\"eventarc-europe-west1-whatsit-classify-.*|whatsit-dead-letter|whatsit-fetch|whatsit-notify|whatsit-progress|eventarc-europe-west1-whatsit-thumbnail-.*\"")
    error_message = "The backlog that is watched is that of Eventarc's subscription."
  }
}
